package limits

import (
	"github.com/vektah/gqlparser/v2/ast"

	"aisle/gateway/apierror"
)

// Check returns an error when a parsed document exceeds a limit. Call it before validation, whose time grows with the square of some
// of these numbers. Its own time is bounded: it visits a fragment once for its depth, and at most Fields fields.
func (q Query) Check(document *ast.QueryDocument) error {
	fragments, err := q.checkFragments(document.Fragments)
	if err != nil {
		return err
	}
	if err := q.checkNodes(document); err != nil {
		return err
	}
	depths := depthCounter{fragments: fragments, depths: map[string]int{}}
	merger := fieldMerger{limits: q, fragments: fragments}
	for _, operation := range document.Operations {
		depth, err := depths.depth(operation.SelectionSet)
		if err != nil {
			return err
		}
		if depth > q.Depth {
			return apierror.New(apierror.CodeLimit, "The document is %d levels deep, the limit is %d.", depth, q.Depth)
		}
		roots, err := merger.merge([]ast.SelectionSet{operation.SelectionSet})
		if err != nil {
			return err
		}
		if roots > q.RootFields {
			return tooMany(roots, "root fields", q.RootFields)
		}
	}
	for name := range fragments {
		if _, used := depths.depths[name]; !used { // validation would walk the fragment before it says the same
			return apierror.New(apierror.CodeValidation, `Fragment "%s" is never used.`, name)
		}
	}
	return nil
}

func tooMany(n int, what string, limit int) error {
	return apierror.New(apierror.CodeLimit, "The document has %d %s, the limit is %d.", n, what, limit)
}

func (q Query) checkFragments(definitions ast.FragmentDefinitionList) (fragmentsByName, error) {
	if n := len(definitions); n > q.Fragments {
		return nil, tooMany(n, "fragments", q.Fragments)
	}
	fragments := fragmentsByName{}
	for _, fragment := range definitions {
		if fragments[fragment.Name] != nil {
			return nil, apierror.New(apierror.CodeValidation, `There can be only one fragment named "%s".`, fragment.Name)
		}
		fragments[fragment.Name] = fragment
	}
	return fragments, nil
}

// checkNodes counts the aliases and the directives of a document as it is written, with each fragment counted once.
func (q Query) checkNodes(document *ast.QueryDocument) error {
	aliases, directives := 0, 0
	count := func(set ast.SelectionSet) {
		eachSelection(set, func(selection ast.Selection) {
			directives += len(directivesOf(selection))
			if field, ok := selection.(*ast.Field); ok && field.Alias != field.Name {
				aliases++
			}
		})
	}
	for _, operation := range document.Operations {
		directives += len(operation.Directives)
		for _, variable := range operation.VariableDefinitions {
			directives += len(variable.Directives)
		}
		count(operation.SelectionSet)
	}
	for _, fragment := range document.Fragments {
		directives += len(fragment.Directives)
		count(fragment.SelectionSet)
	}
	if aliases > q.Aliases {
		return tooMany(aliases, "aliases", q.Aliases)
	}
	if directives > q.Directives {
		return tooMany(directives, "directives", q.Directives)
	}
	return nil
}
