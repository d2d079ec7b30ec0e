package server

import "github.com/vektah/gqlparser/v2/ast"

// marks counts what stands at the fields of a document, as it is written.
type marks struct{ aliases, directives int }

// checkMarks refuses a document with too many aliases or directives.
func (l Limits) checkMarks(document *ast.QueryDocument) error {
	m := &marks{}
	for _, operation := range document.Operations {
		m.directives += len(operation.Directives)
		for _, variable := range operation.VariableDefinitions {
			m.directives += len(variable.Directives)
		}
		m.count(operation.SelectionSet)
	}
	for _, fragment := range document.Fragments {
		m.directives += len(fragment.Directives)
		m.count(fragment.SelectionSet)
	}
	if m.aliases > l.Aliases {
		return tooMany(m.aliases, "aliases", l.Aliases)
	}
	if m.directives > l.Directives {
		return tooMany(m.directives, "directives", l.Directives)
	}
	return nil
}

func (m *marks) count(set ast.SelectionSet) {
	for _, selection := range set {
		switch one := selection.(type) {
		case *ast.Field:
			m.directives += len(one.Directives)
			if one.Alias != one.Name {
				m.aliases++
			}
			m.count(one.SelectionSet)
		case *ast.InlineFragment:
			m.directives += len(one.Directives)
			m.count(one.SelectionSet)
		case *ast.FragmentSpread:
			m.directives += len(one.Directives)
		}
	}
}
