package graph_test

import (
	"os"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"aisle/graph"
	"aisle/graph/sdl"
)

// releasedFile is the schema of the last release, which clients rely on. Until there is a release it is the current schema.
const releasedFile = "released.graphql"

// A client of the released schema works with the current one. To write the current schema into the file, at a release:
//
//	AISLE_TEST_UPDATE=1 go test ./graph -run TestReleasedSchema
func TestReleasedSchemaIsStillServed(t *testing.T) {
	t.Parallel()
	schema := graph.NewExecutableSchema(graph.Config{}).Schema()
	if os.Getenv("AISLE_TEST_UPDATE") != "" {
		if err := os.WriteFile(releasedFile, []byte(sdl.Print(schema)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(releasedFile)
	if err != nil {
		t.Fatal(err)
	}
	released, err := gqlparser.LoadSchema(&ast.Source{Name: releasedFile, Input: string(text)})
	if err != nil {
		t.Fatal(err)
	}
	for _, change := range sdl.BreakingChanges(released, schema) {
		t.Errorf("breaks clients: %s", change)
	}
}
