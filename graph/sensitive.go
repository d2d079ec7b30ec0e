package graph

import "github.com/vektah/gqlparser/v2/ast"

// IsSensitive reports whether the directives of an argument or an input field include @sensitive. Never quote the value of such an
// input in an error message or a log.
func IsSensitive(directives ast.DirectiveList) bool { return directives.ForName("sensitive") != nil }

// SensitiveVariables returns the names of the variables that a validated operation uses as sensitive inputs.
func SensitiveVariables(operation *ast.OperationDefinition, schema *ast.Schema) map[string]bool {
	c := &sensitiveCollector{schema: schema, variables: map[string]bool{}, visited: map[string]bool{}}
	c.visitSelectionSet(operation.SelectionSet)
	return c.variables
}

type sensitiveCollector struct {
	schema    *ast.Schema
	variables map[string]bool
	visited   map[string]bool // the names of fragments
}

func (c *sensitiveCollector) visitSelectionSet(set ast.SelectionSet) {
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			for _, argument := range s.Arguments {
				if definition := s.Definition.Arguments.ForName(argument.Name); definition != nil {
					c.visitValue(argument.Value, definition.Type, IsSensitive(definition.Directives))
				}
			}
			c.visitSelectionSet(s.SelectionSet)
		case *ast.InlineFragment:
			c.visitSelectionSet(s.SelectionSet)
		case *ast.FragmentSpread:
			if !c.visited[s.Name] {
				c.visited[s.Name] = true
				c.visitSelectionSet(s.Definition.SelectionSet)
			}
		}
	}
}

func (c *sensitiveCollector) visitValue(value *ast.Value, of *ast.Type, sensitive bool) {
	switch value.Kind {
	case ast.Variable:
		if sensitive {
			c.variables[value.Raw] = true
		}
	case ast.ListValue:
		for _, child := range value.Children {
			c.visitValue(child.Value, of, sensitive)
		}
	case ast.ObjectValue:
		for _, child := range value.Children {
			if field := c.schema.Types[of.Name()].Fields.ForName(child.Name); field != nil {
				c.visitValue(child.Value, field.Type, sensitive || IsSensitive(field.Directives))
			}
		}
	default: // a literal
	}
}
