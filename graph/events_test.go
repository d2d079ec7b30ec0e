package graph_test

import (
	"slices"
	"testing"

	"aisle/graph"
	"aisle/store"
)

func TestEventTypesOfTheSchemaAreThoseOfTheLogAndTheCheckpoint(t *testing.T) {
	t.Parallel()
	var got []store.EventType
	for _, value := range graph.NewExecutableSchema(graph.Config{}).Schema().Types["EventType"].EnumValues {
		got = append(got, store.EventType(value.Name))
	}
	slices.Sort(got)

	want := append(store.EventTypes(), store.EventCheckpoint)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("the schema has %v, the log %v", got, want)
	}
}

func TestEventTypesBelongToModulesWithCompleteEvents(t *testing.T) {
	t.Parallel()
	for _, kind := range store.EventTypes() {
		if !slices.Contains(store.ModulesWithCompleteEvents[:], kind.Module()) {
			t.Errorf("%s belongs to the module %q", kind, kind.Module())
		}
	}
}
