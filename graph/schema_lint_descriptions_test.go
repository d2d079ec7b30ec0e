package graph_test

import (
	"regexp"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// eachDescription calls f with the coordinate and the description of everything in the schema that clients see.
func eachDescription(schema *ast.Schema, f func(coordinate, description string)) {
	for _, definition := range eachType(schema, ast.Scalar, ast.Object, ast.Interface, ast.Union, ast.Enum, ast.InputObject) {
		f(definition.Name, definition.Description)
		for _, value := range definition.EnumValues {
			f(definition.Name+"."+value.Name, value.Description)
		}
	}
	for definition, field := range eachField(schema, ast.Object, ast.Interface, ast.InputObject) {
		f(fieldCoordinate(definition, field), field.Description)
		for _, argument := range field.Arguments {
			f(argumentCoordinate(definition, field, argument), argument.Description)
		}
	}
}

// lintDescriptions: everything has a description that is a sentence.
func lintDescriptions(schema *ast.Schema) (list []violation) {
	sentence := regexp.MustCompile("(?s)^[A-Z0-9`\"].*\\.$")
	eachDescription(schema, func(coordinate, description string) {
		if !sentence.MatchString(strings.TrimSpace(description)) {
			list = append(list, violation{coordinate, "no description that is a sentence: " + description})
		}
	})
	return list
}

// lintBannedPhrases: descriptions are plain. Each of these phrases was in a description that readers did not understand at once.
func lintBannedPhrases(schema *ast.Schema) (list []violation) {
	banned := regexp.MustCompile(`(?i)what comes of|which of them|where it is in its life|where (they are|it is) in|only those (of|in|with|who)|whether they work for|` +
		`all without (it|them)|as it should be|of their own|what became of|what it is about|^(of|from|with|one of) |what the viewer|is gone`)
	eachDescription(schema, func(coordinate, description string) {
		if phrase := banned.FindString(description); phrase != "" {
			list = append(list, violation{coordinate, "not plain: " + phrase + ": " + description})
		}
	})
	return list
}

// lintPermissions: the description names the permission, because introspection shows no directives.
func lintPermissions(schema *ast.Schema) (list []violation) {
	named := regexp.MustCompile("Requires `([A-Z_]+)`")
	check := func(coordinate, description string, directives ast.DirectiveList, byType string) {
		in, need := "", permission(directives)
		if match := named.FindStringSubmatch(strings.ReplaceAll(description, "\n", " ")); match != nil {
			in = match[1]
		}
		if in != need && need != "" {
			list = append(list, violation{coordinate, "the description does not say: Requires `" + need + "`."})
		} else if in != need && in != byType {
			list = append(list, violation{coordinate, "nothing checks the permission " + in})
		}
	}
	for _, definition := range eachType(schema, ast.Object) {
		check(definition.Name, definition.Description, definition.Directives, "")
	}
	for definition, field := range eachField(schema, ast.Object) {
		check(fieldCoordinate(definition, field), field.Description, field.Directives, permission(schema.Types[field.Type.Name()].Directives))
	}
	return list
}

// lintGrowingEnums: enums that clients receive say that they may grow, except those that cannot.
func lintGrowingEnums(schema *ast.Schema) (list []violation) {
	closed := []string{"Weekday", "StoreAccess"}
	received := map[string]bool{}
	for _, field := range eachField(schema, ast.Object, ast.Interface) {
		received[field.Type.Name()] = true
	}
	for _, definition := range eachType(schema, ast.Enum) {
		if received[definition.Name] && !slices.Contains(closed, definition.Name) && !strings.Contains(definition.Description, "ew values may be added") &&
			!strings.Contains(definition.Description, "ew codes may be added") {
			list = append(list, violation{definition.Name, "the description does not say: New values may be added."})
		}
	}
	return list
}

// lintDeprecations: a deprecation names the replacement and the date of the removal.
func lintDeprecations(schema *ast.Schema) (list []violation) {
	reason := regexp.MustCompile("^Use `.+`\\. .*\\b20\\d{2}-[01]\\d-[0-3]\\d\\b")
	check := func(coordinate string, directives ast.DirectiveList) {
		deprecated := directives.ForName("deprecated")
		if deprecated == nil {
			return
		}
		text := deprecated.Arguments.ForName("reason")
		if text == nil || !reason.MatchString(text.Value.Raw) {
			list = append(list, violation{coordinate, "the reason must name the replacement and a date: Use `x`. Will be removed on 2027-01-31."})
		}
	}
	for definition, field := range eachField(schema, ast.Object, ast.Interface, ast.InputObject) {
		check(fieldCoordinate(definition, field), field.Directives)
		for _, argument := range field.Arguments {
			check(argumentCoordinate(definition, field, argument), argument.Directives)
		}
	}
	for _, definition := range eachType(schema, ast.Enum) {
		for _, value := range definition.EnumValues {
			check(definition.Name+"."+value.Name, value.Directives)
		}
	}
	return list
}

// lintScalars: a custom scalar links to its specification.
func lintScalars(schema *ast.Schema) (list []violation) {
	for _, definition := range eachType(schema, ast.Scalar) {
		if definition.Directives.ForName("specifiedBy") == nil {
			list = append(list, violation{definition.Name, "no @specifiedBy"})
		}
	}
	return list
}
