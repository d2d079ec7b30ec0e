package limits

import "github.com/vektah/gqlparser/v2/ast"

// gqlparser's walker serves none of these limits: it reports no end of a field, which depth and complexity need, it counts a
// fragment once more for each operation, and it writes into the document, which many operations share once it is cached.

// eachSelection calls visit for each selection of a set and of the sets below it, as they are written: it does not follow spreads.
func eachSelection(set ast.SelectionSet, visit func(ast.Selection)) {
	for _, selection := range set {
		visit(selection)
		switch s := selection.(type) {
		case *ast.Field:
			eachSelection(s.SelectionSet, visit)
		case *ast.InlineFragment:
			eachSelection(s.SelectionSet, visit)
		}
	}
}

func directivesOf(selection ast.Selection) ast.DirectiveList {
	switch s := selection.(type) {
	case *ast.Field:
		return s.Directives
	case *ast.InlineFragment:
		return s.Directives
	case *ast.FragmentSpread:
		return s.Directives
	default:
		return nil
	}
}

// fragmentsByName are the fragments that a document defines. Before validation a spread does not know its fragment yet.
type fragmentsByName map[string]*ast.FragmentDefinition
