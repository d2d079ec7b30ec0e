package graph_test

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"aisle/graph"
)

// Names that a generator writes as they are, and that have a meaning in the code around them. A generated type with such a name hides
// the other in its module: docs/reference/client-code-generation.md says how to set an alias.
func hiddenTypes() map[string][]string {
	return map[string][]string{
		"Swift": {
			"Actor", "Any", "AnyObject", "Array", "Bool", "Calendar", "Character", "Clock", "Data", "Date", "Decimal", "Dictionary", "Double",
			"Duration", "Error", "Float", "Int", "Locale", "Measurement", "Never", "Notification", "Operation", "Optional", "Process",
			"Progress", "Range", "Result", "Self", "Sequence", "Set", "Stream", "String", "Task", "Thread", "TimeZone", "Timer", "Type",
			"Unit", "UUID", "URL", "Void",
		},
		"Kotlin": {
			"Annotation", "Any", "Array", "Boolean", "Byte", "Char", "Comparable", "Date", "Double", "Enum", "Error", "Exception", "Float",
			"Int", "List", "Long", "Map", "Nothing", "Number", "Object", "Pair", "Result", "Sequence", "Set", "Short", "String",
			"Throwable", "Triple", "Unit",
		},
		"TypeScript": {
			"Array", "Boolean", "Date", "Document", "Element", "Error", "Event", "Exact", "File", "Function", "Incremental", "InputMaybe",
			"Location", "Map", "Maybe", "MakeEmpty", "MakeMaybe", "MakeOptional", "Node", "Notification", "Number", "Object", "Promise",
			"Range", "Record", "Request", "Response", "Scalars", "Selection", "Set", "String", "Symbol", "Text",
		},
	}
}

// Names that no generator can write. The first words are those that apollo-ios rejects as the names of fields, and the members of every
// Kotlin class; the others are what apollo-kotlin adds to each enum.
func impossibleNames() (fields, values []string) {
	return []string{"__data", "_", "fragments", "Fragments", "class", "hashCode", "toString", "copy", "notify", "wait"},
		[]string{"Companion", "UNKNOWN__", "_unknown", "__unknown", "entries", "name", "ordinal", "type", "valueOf", "values", "rawValue", "self", "Self", "none", "some", "case"}
}

func TestGeneratedCodeOfClientsHasNoClash(t *testing.T) {
	t.Parallel()
	schema := graph.NewExecutableSchema(graph.Config{}).Schema()
	for _, problem := range clientClashes(schema) {
		t.Error(problem)
	}
}

// The page lists each type that hides another, with its language, and nothing else.
func TestPageListsTheTypesThatNeedAnAlias(t *testing.T) {
	t.Parallel()
	schema := graph.NewExecutableSchema(graph.Config{}).Schema()
	page, err := os.ReadFile("../docs/reference/client-code-generation.md")
	if err != nil {
		t.Fatal(err)
	}
	var want, got []string
	for language, names := range hiddenTypes() {
		for _, name := range names {
			if definition := schema.Types[name]; definition != nil && !definition.BuiltIn {
				want = append(want, fmt.Sprintf("| %#q | %s |", name, language))
			}
		}
	}
	for line := range strings.Lines(string(page)) {
		if cells := strings.Split(line, "|"); strings.HasPrefix(line, "| `") && len(cells) > 3 && hiddenTypes()[strings.TrimSpace(cells[2])] != nil {
			got = append(got, strings.Join(cells[:3], "|")+"|")
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("the page lists\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestClashesOfGeneratedCodeAreFound(t *testing.T) {
	t.Parallel()
	schema := loadSchema(t, `type Query { fragments: Int good: Int } type URL { a: Int } type Url { a: Int } enum E { A_B AB none GOOD }`)

	got := clientClashes(schema)

	want := []string{
		"E.AB and E.A_B have one name in generated code", "E.none cannot be generated", "Query.fragments cannot be generated",
		"URL and Url differ in case only: generated files have one name",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// clientClashes returns what generated code cannot express, in alphabetical order.
func clientClashes(schema *ast.Schema) (list []string) {
	fields, values := impossibleNames()
	types := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(schema.Types)) {
		definition := schema.Types[name]
		if definition.BuiltIn {
			continue
		}
		if other, ok := types[strings.ToLower(name)]; ok {
			list = append(list, fmt.Sprintf("%s and %s differ in case only: generated files have one name", other, name))
		}
		types[strings.ToLower(name)] = name
		for _, field := range definition.Fields {
			if slices.Contains(fields, field.Name) {
				list = append(list, name+"."+field.Name+" cannot be generated")
			}
		}
		cases := map[string]string{} // without underscores and case, as the conventions of Swift and TypeScript write them
		for _, value := range definition.EnumValues {
			if slices.Contains(values, value.Name) {
				list = append(list, name+"."+value.Name+" cannot be generated")
			}
			key := strings.ToLower(strings.ReplaceAll(value.Name, "_", ""))
			if other, ok := cases[key]; ok {
				pair := []string{name + "." + other, name + "." + value.Name}
				slices.Sort(pair)
				list = append(list, strings.Join(pair, " and ")+" have one name in generated code")
			}
			cases[key] = value.Name
		}
	}
	slices.Sort(list)
	return list
}
