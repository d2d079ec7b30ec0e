package server

import (
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// What an operation costs is how many fields its answer can have: each field is 1, and what is below a list counts as
// often as the list can be long.
const (
	costOfSchema = 1000    // of reading the schema, however much of it
	usualPage    = 50      // of a list that says neither first nor last, nor has a default
	usualList    = 10      // of a list that comes whole
	mostCost     = 1 << 40 // where adding ends
	bytesForOne  = 10      // of a request: JSON takes as long to read as that many to write
)

// pricing finds what an operation costs.
type pricing struct {
	variables map[string]any
	fragments map[*ast.FragmentDefinition]*[2]int // by whether it is in a page; 0 is not known yet
}

// costOf is what an operation costs that was validated. What @skip and @include say does not matter.
func costOf(operation *graphql.OperationContext) int {
	p := &pricing{operation.Variables, map[*ast.FragmentDefinition]*[2]int{}}
	return p.set(operation.Operation.SelectionSet, false)
}

// set is what the fields cost together. In a page it is the page's field that says how many there are, as
// tasks(first: 30) does for the list of edges in it.
func (p *pricing) set(set ast.SelectionSet, inPage bool) int {
	sum := 0
	for _, selection := range set {
		switch one := selection.(type) {
		case *ast.Field:
			sum += p.field(one, inPage)
		case *ast.InlineFragment:
			sum += p.set(one.SelectionSet, inPage)
		case *ast.FragmentSpread:
			sum += p.fragment(one.Definition, inPage)
		}
		sum = min(sum, mostCost)
	}
	return sum
}

// fragment prices each fragment once, though it may be spread without number.
func (p *pricing) fragment(fragment *ast.FragmentDefinition, inPage bool) int {
	known := p.fragments[fragment]
	if known == nil {
		known = &[2]int{}
		p.fragments[fragment] = known
	}
	i := 0
	if inPage {
		i = 1
	}
	if known[i] == 0 {
		known[i] = p.set(fragment.SelectionSet, inPage)
	}
	return known[i]
}

func (p *pricing) field(field *ast.Field, inPage bool) int {
	switch {
	case field.Name == "__typename":
		return 1
	case strings.HasPrefix(field.Name, "__"):
		return costOfSchema
	case len(field.SelectionSet) == 0:
		return 1
	}
	times, isPage := p.page(field)
	if !isPage && !inPage && field.Definition.Type.Elem != nil {
		times = p.list(field)
	}
	below := p.set(field.SelectionSet, isPage)
	if below > mostCost/times {
		return mostCost
	}
	return 1 + times*below
}

// page is how many a field gives that takes first or last.
func (p *pricing) page(field *ast.Field) (times int, isPage bool) {
	var usual any = usualPage
	for _, name := range []string{"first", "last"} {
		argument := field.Definition.Arguments.ForName(name)
		if argument == nil {
			continue
		}
		isPage = true
		if given := p.value(field, name); given != nil {
			times = max(times, number(given))
		} else if argument.DefaultValue != nil {
			usual = argument.DefaultValue.Raw
		}
	}
	if times == 0 && isPage {
		times = number(usual)
	}
	return max(1, times), isPage
}

func number(value any) int {
	n, err := graphql.UnmarshalInt(value)
	if err != nil { // the resolver will say so
		return 1
	}
	return min(max(1, n), mostCost)
}

// list is how many a field gives that takes a list of what to give, such as nodes(ids:), or nothing.
func (p *pricing) list(field *ast.Field) int {
	for _, argument := range field.Definition.Arguments {
		if argument.Type.Elem == nil {
			continue
		}
		if wanted, isList := p.value(field, argument.Name).([]any); isList {
			return max(1, len(wanted))
		}
	}
	return usualList
}

// value is that of an argument; nil without one.
func (p *pricing) value(field *ast.Field, name string) any {
	argument := field.Arguments.ForName(name)
	if argument == nil {
		return nil
	}
	value, err := argument.Value.Value(p.variables)
	if err != nil { // the resolver will say so
		return nil
	}
	return value
}
