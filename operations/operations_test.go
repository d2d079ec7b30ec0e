package operations_test

import (
	"testing"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"

	"aisle/operations"
	"aisle/resolvers"
)

func TestOperationsAreValid(t *testing.T) {
	t.Parallel()
	schema := (&resolvers.Resolver{}).Schema().Schema()
	for _, o := range operations.All() {
		t.Run(o.Client+"/"+o.Name, func(t *testing.T) {
			t.Parallel()
			document, err := parser.ParseQuery(&ast.Source{Name: o.Name, Input: o.Document})
			if err != nil {
				t.Fatal(err)
			}
			if len(document.Operations) != 1 || document.Operations[0].Name != o.Name {
				t.Errorf("the file does not hold one operation of its name")
			}
			if errs := validator.ValidateWithRules(schema, document, nil); len(errs) > 0 {
				t.Error(errs)
			}
		})
	}
}
