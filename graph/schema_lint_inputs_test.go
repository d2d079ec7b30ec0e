package graph_test

import (
	"regexp"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// mutations returns the fields of Mutation.
func mutations(schema *ast.Schema) (list ast.FieldList) {
	if schema.Mutation == nil {
		return nil
	}
	return schema.Mutation.Fields
}

// mutationInput returns the type of a mutation's argument input, or nil.
func mutationInput(schema *ast.Schema, mutation *ast.FieldDefinition) *ast.Definition {
	if argument := mutation.Arguments.ForName("input"); argument != nil {
		return schema.Types[argument.Type.Name()]
	}
	return nil
}

func lintInputNames(schema *ast.Schema) (list []violation) {
	for _, definition := range eachType(schema, ast.InputObject) {
		isLookup, isOneOf := strings.HasSuffix(definition.Name, "Lookup"), definition.Directives.ForName("oneOf") != nil
		switch {
		case isLookup != isOneOf:
			list = append(list, violation{definition.Name, "an input that looks up by one of several keys is a Lookup with @oneOf"})
		case !isLookup && !strings.HasSuffix(definition.Name, "Input") && !strings.HasSuffix(definition.Name, "Filter"):
			list = append(list, violation{definition.Name, "the name of an input ends in Input, Filter or Lookup"})
		}
	}
	return list
}

// lintMutations: a mutation is nullable, so that its failure leaves the results of its siblings, and takes one argument, input.
func lintMutations(schema *ast.Schema) (list []violation) {
	for _, mutation := range mutations(schema) {
		coordinate := fieldCoordinate(schema.Mutation, mutation)
		name := strings.ToUpper(mutation.Name[:1]) + mutation.Name[1:] + "Input"
		if mutation.Type.NonNull {
			list = append(list, violation{coordinate, "it must be nullable"})
		}
		if input := mutationInput(schema, mutation); len(mutation.Arguments) != 1 || input == nil || input.Name != name {
			list = append(list, violation{coordinate, "its one argument must be input: " + name + "!"})
		}
	}
	return list
}

func lintPayloads(schema *ast.Schema) (list []violation) {
	for _, mutation := range mutations(schema) {
		name := strings.ToUpper(mutation.Name[:1]) + mutation.Name[1:] + "Payload"
		payload := schema.Types[mutation.Type.Name()]
		if payload.Name != name {
			list = append(list, violation{fieldCoordinate(schema.Mutation, mutation), "its type must be " + name})
		}
		if errs := payload.Fields.ForName("userErrors"); errs == nil || errs.Type.String() != "[UserError!]!" {
			list = append(list, violation{payload.Name, "it must have userErrors: [UserError!]!"})
		}
	}
	return list
}

// lintBulkPayloads: a mutation of many rows says which rows it rejected.
func lintBulkPayloads(schema *ast.Schema) (list []violation) {
	for _, mutation := range mutations(schema) {
		input, payload := mutationInput(schema, mutation), schema.Types[mutation.Type.Name()]
		isBulk := input != nil && slices.ContainsFunc(input.Fields, func(f *ast.FieldDefinition) bool {
			row := schema.Types[f.Type.Name()]
			return f.Type.NonNull && f.Type.Elem != nil && row.Kind == ast.InputObject
		})
		if rejected := payload.Fields.ForName("rejected"); isBulk && (rejected == nil || rejected.Type.String() != "[RejectedRow!]!") {
			list = append(list, violation{payload.Name, "it must have rejected: [RejectedRow!]!"})
		}
	}
	return list
}

// lintEdits: an input that names an object with versions, which its payload returns, has expectedVersion; every edit has
// idempotencyKey.
func lintEdits(schema *ast.Schema) (list []violation) {
	creation := regexp.MustCompile(`^(create|add|submit|record)[A-Z]`)
	for _, mutation := range mutations(schema) {
		input, payload := mutationInput(schema, mutation), schema.Types[mutation.Type.Name()]
		if input == nil {
			continue
		}
		needs := func(name, typ string) {
			if f := input.Fields.ForName(name); f == nil || f.Type.String() != typ {
				list = append(list, violation{input.Name + "." + name, "it must have " + name + ": " + typ})
			}
		}
		names := slices.ContainsFunc(input.Fields, func(f *ast.FieldDefinition) bool { return f.Type.String() == "ID!" })
		returns := slices.ContainsFunc(payload.Fields, func(f *ast.FieldDefinition) bool {
			object := schema.Types[f.Type.Name()]
			version := object.Fields.ForName("version")
			return f.Type.Elem == nil && version != nil && version.Type.String() == "Int!"
		})
		if names && returns && (!creation.MatchString(mutation.Name) || mutation.Name == "addPartnerSecret") {
			needs("expectedVersion", "Int")
		}
		if names {
			needs("idempotencyKey", "String")
		}
	}
	return list
}

// lintOmittedAndNull: the inputs of changes tell an omitted field from null, and say what null does.
func lintOmittedAndNull(schema *ast.Schema) (list []violation) {
	isOmittable := func(f *ast.FieldDefinition) bool {
		binding := f.Directives.ForName("goField")
		return binding != nil && binding.Arguments.ForName("omittable") != nil
	}
	for _, definition := range eachType(schema, ast.InputObject) {
		omittable := slices.ContainsFunc(definition.Fields, isOmittable)
		saysNull := strings.Contains(definition.Description, "ull clears") || strings.Contains(definition.Description, "leared")
		if omittable && !strings.Contains(strings.ReplaceAll(definition.Description, "\n", " "), "mitted fields keep their values") && !strings.Contains(definition.Description, "mitted field keeps its value") && !strings.HasPrefix(definition.Name, "Assign") {
			list = append(list, violation{definition.Name, "the description does not say: Omitted fields keep their values."})
		}
		for _, f := range definition.Fields {
			coordinate, isControl := fieldCoordinate(definition, f), f.Name == "expectedVersion" || f.Name == "idempotencyKey"
			switch says := saysNull || strings.Contains(f.Description, "ull") || strings.Contains(f.Description, "leared"); {
			case isOmittable(f) && !says:
				list = append(list, violation{coordinate, "the description does not say what null does"})
			case !isOmittable(f) && !f.Type.NonNull && !isControl && strings.HasPrefix(definition.Name, "Update"):
				list = append(list, violation{coordinate, "omitted and null are the same to it: @goField(omittable: true)"})
			}
		}
	}
	return list
}

// lintSpelling: names are in camel case, and words are spelled in one way.
func lintSpelling(schema *ast.Schema) (list []violation) {
	name, misspelled := regexp.MustCompile(`^[a-z][A-Za-z0-9]*$`), regexp.MustCompile(`(?i:canceled|behaviour|colour)|[a-z]ID`)
	check := func(coordinate, text string, isValue bool) {
		if misspelled.MatchString(text) || !isValue && !name.MatchString(text) {
			list = append(list, violation{coordinate, "the name is misspelled"})
		}
	}
	for definition, field := range eachField(schema, ast.Object, ast.Interface, ast.InputObject) {
		check(fieldCoordinate(definition, field), field.Name, false)
		for _, argument := range field.Arguments {
			check(argumentCoordinate(definition, field, argument), argument.Name, false)
		}
	}
	for _, definition := range eachType(schema, ast.Enum) {
		for _, value := range definition.EnumValues {
			check(definition.Name+"."+value.Name, value.Name, true)
		}
	}
	return list
}
