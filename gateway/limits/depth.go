package limits

import (
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"aisle/gateway/apierror"
)

// depthCounter counts levels of fields.
type depthCounter struct {
	fragments fragmentsByName
	depths    map[string]int // of the fragments that were visited; inProgress of those that are being visited
}

const inProgress = -1

// depth returns how many levels of fields a set has. A field of introspection counts as one level: such queries are deep, and only
// administrators may send them.
func (d depthCounter) depth(set ast.SelectionSet) (int, error) {
	deepest := 0
	for _, selection := range set {
		var depth int
		var err error
		switch s := selection.(type) {
		case *ast.Field:
			depth, err = d.depth(s.SelectionSet)
			if isIntrospection(s) {
				depth = 0
			}
			depth++
		case *ast.InlineFragment:
			depth, err = d.depth(s.SelectionSet)
		case *ast.FragmentSpread:
			depth, err = d.fragmentDepth(s.Name)
		}
		if err != nil {
			return 0, err
		}
		deepest = max(deepest, depth)
	}
	return deepest, nil
}

// fragmentDepth returns the depth of a fragment; 0 for an undefined one, which validation rejects.
func (d depthCounter) fragmentDepth(name string) (int, error) {
	fragment := d.fragments[name]
	if fragment == nil {
		return 0, nil
	}
	switch depth, visited := d.depths[name]; {
	case visited && depth == inProgress:
		return 0, apierror.New(apierror.CodeValidation, `Fragment "%s" contains itself.`, name)
	case visited:
		return depth, nil
	}
	d.depths[name] = inProgress
	depth, err := d.depth(fragment.SelectionSet)
	d.depths[name] = depth
	return depth, err
}

// isIntrospection reports whether the field belongs to the introspection of the schema.
func isIntrospection(field *ast.Field) bool { return strings.HasPrefix(field.Name, "__") }
