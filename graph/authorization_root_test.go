package graph_test

import (
	"errors"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"aisle/auth"
	"aisle/graph"
)

// The gateway and Authorize decide with this function what needs a viewer: all root fields but those that are @public.
func TestAnAnonymousViewerMaySelectPublicRootFieldsOnly(t *testing.T) {
	t.Parallel()
	schema := graph.NewExecutableSchema(graph.Config{}).Schema()
	viewer := auth.Viewer{Role: auth.RoleAssociate, EmployeeID: [16]byte{1}}
	public := 0
	for _, root := range []string{"Query", "Mutation", "Subscription"} {
		for _, definition := range schema.Types[root].Fields {
			field := &ast.Field{Name: definition.Name, Definition: definition}
			isPublic := definition.Directives.ForName("public") != nil
			if isPublic {
				public++
			}
			if err := graph.AuthorizeRootField(auth.Viewer{}, field); isPublic != (err == nil) || err != nil && !errors.Is(err, auth.ErrUnauthenticated) {
				t.Errorf("%s.%s: %v", root, definition.Name, err)
			}
			if err := graph.AuthorizeRootField(viewer, field); err != nil {
				t.Errorf("%s.%s with a viewer: %v", root, definition.Name, err)
			}
		}
	}
	if public == 0 {
		t.Error("no field is public")
	}
}
