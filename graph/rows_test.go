package graph_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"aisle/graph"
)

// Name is shown of a task that has not changed is not read again: all of it must be told by the task's version, as its steps are, by
// events of other modules, or by those that are the chain's. Whoever adds a field here sees to that, or the field must be of
// another type than those of graph.OfRows.
func TestFieldsOfReusedTasksAreCoveredByVersionOrEvents(t *testing.T) {
	t.Parallel()
	schema := graph.NewExecutableSchema(graph.Config{}).Schema()
	found := map[string]string{}
	for _, name := range graph.OfRows {
		var fields []string
		for _, field := range schema.Types[name].Fields {
			if of := schema.Types[field.Type.Name()]; of.IsLeafType() || slices.Contains(graph.OfRows, of.Name) {
				fields = append(fields, field.Name)
			}
		}
		found[name] = strings.Join(fields, " ")
	}
	want := map[string]string{
		"Task": "id title instructions kind status priority dueAt isOverdue createdAt startedAt completedAt updatedAt version assignee product " +
			"template steps",
		"TaskStep":         "id position title isRequired isDone doneAt doneBy task",
		"TaskTemplate":     "id code title instructions kind priority version createdAt updatedAt archivedAt steps",
		"TaskTemplateStep": "id position title isRequired",
		"Employee":         "id displayName login role status hiredOn version createdAt updatedAt",
		"Product":          "id sku name brand unit status discontinuedAt barcodes version createdAt updatedAt category",
		"Category":         "id code name version createdAt updatedAt parent children",
	}
	if diff := cmp.Diff(want, found); diff != "" {
		t.Error(diff)
	}
}

func TestTasksWithOtherFieldsAreNotReused(t *testing.T) {
	t.Parallel()
	schema := graph.NewExecutableSchema(graph.Config{}).Schema()
	for asked, told := range map[string]bool{
		"id __typename cursorLess: title":                                     true,
		"steps { title doneBy { displayName } } assignee { role }":            true,
		"product { name category { parent { name } } }":                       true,
		"template { steps { title } } ... on Task { steps { isDone } }":       true,
		"comments(first: 1) { totalCount }":                                   false,
		"store { unfinishedTaskCount }":                                       false,
		"assignee { store { unfinishedTaskCount } }":                          false,
		"assignee { sessions { isCurrent } }":                                 false,
		`product { stock(storeId: "store_1") { onHand } }`:                    false,
		"steps { title } ... on Task { assignee { managedRegion { name } } }": false,
		"id ...deep": false,
	} {
		text := `{ viewer { store { tasks { edges { cursor node { ` + asked + ` } } } } } }`
		if strings.Contains(asked, "...deep") {
			text += ` fragment deep on Task { steps { doneBy { store { name } } } }`
		}
		document, errs := gqlparser.LoadQueryWithRules(schema, text, rules.NewDefaultRules())
		if errs != nil {
			t.Fatal(errs)
		}
		selections := document.Operations[0].SelectionSet
		for range 4 { // viewer, store, tasks, edges
			field, _ := selections[0].(*ast.Field)
			selections = field.SelectionSet
		}
		if got := graph.ToldByVersion(selections); got != told {
			t.Errorf("%s: told is %t, want %t", asked, got, told)
		}
	}
}
