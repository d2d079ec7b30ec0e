package limits

import (
	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// The complexity of an operation is the number of fields that its response can have. A field counts 1, and the fields below a list
// count as often as the list can be long.
const (
	introspectionComplexity = 1000    // of a field of introspection, whatever is below it
	defaultPageSize         = 50      // of a field with neither first nor last, nor a default for them
	defaultListLen          = 10      // of a list that is not paginated
	maxComplexity           = 1 << 40 // where the sum stops growing
)

// Complexity returns the complexity of a validated operation. It ignores @skip and @include.
func Complexity(operation *ast.OperationDefinition, variables map[string]any) int {
	c := &complexity{variables, map[*ast.FragmentDefinition]*[2]int{}}
	return c.set(operation.SelectionSet, false)
}

type complexity struct {
	variables map[string]any
	fragments map[*ast.FragmentDefinition]*[2]int // outside and inside of a page; 0 until it is known
}

// set returns the complexity of a set. Inside of a page, as in tasks(first: 30), the arguments of the page determine how often the
// list of edges in it counts.
func (c *complexity) set(set ast.SelectionSet, inPage bool) int {
	sum := 0
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			sum += c.field(s, inPage)
		case *ast.InlineFragment:
			sum += c.set(s.SelectionSet, inPage)
		case *ast.FragmentSpread:
			sum += c.fragment(s.Definition, inPage)
		}
		sum = min(sum, maxComplexity)
	}
	return sum
}

// fragment visits a fragment once, however often it is spread.
func (c *complexity) fragment(fragment *ast.FragmentDefinition, inPage bool) int {
	known := c.fragments[fragment]
	if known == nil {
		known = &[2]int{}
		c.fragments[fragment] = known
	}
	i := 0
	if inPage {
		i = 1
	}
	if known[i] == 0 {
		known[i] = c.set(fragment.SelectionSet, inPage)
	}
	return known[i]
}

func (c *complexity) field(field *ast.Field, inPage bool) int {
	switch {
	case field.Name == "__typename":
		return 1
	case isIntrospection(field):
		return introspectionComplexity
	case len(field.SelectionSet) == 0:
		return 1
	}
	times, isPage := c.pageSize(field)
	if !isPage && !inPage && field.Definition.Type.Elem != nil {
		times = c.listLen(field)
	}
	below := c.set(field.SelectionSet, isPage)
	if below > maxComplexity/times {
		return maxComplexity
	}
	return 1 + times*below
}

// pageSize returns how many elements a field returns that takes first or last; 1 for other fields.
func (c *complexity) pageSize(field *ast.Field) (size int, isPage bool) {
	var byDefault any = defaultPageSize
	for _, name := range []string{"first", "last"} {
		argument := field.Definition.Arguments.ForName(name)
		if argument == nil {
			continue
		}
		isPage = true
		if given := c.argument(field, name); given != nil {
			size = max(size, positiveInt(given))
		} else if argument.DefaultValue != nil {
			byDefault = argument.DefaultValue.Raw
		}
	}
	if size == 0 && isPage {
		size = positiveInt(byDefault)
	}
	return max(1, size), isPage
}

func positiveInt(value any) int {
	n, err := graphql.UnmarshalInt(value)
	if err != nil { // the resolver reports it
		return 1
	}
	return min(max(1, n), maxComplexity)
}

// listLen returns how many elements a field returns whose argument lists them, as nodes(ids:) does.
func (c *complexity) listLen(field *ast.Field) int {
	for _, argument := range field.Definition.Arguments {
		if argument.Type.Elem == nil {
			continue
		}
		if list, isList := c.argument(field, argument.Name).([]any); isList {
			return max(1, len(list))
		}
	}
	return defaultListLen
}

// argument returns the value of an argument; nil without one.
func (c *complexity) argument(field *ast.Field, name string) any {
	argument := field.Arguments.ForName(name)
	if argument == nil {
		return nil
	}
	value, err := argument.Value.Value(c.variables)
	if err != nil { // the resolver reports it
		return nil
	}
	return value
}
