package limits

import (
	"github.com/vektah/gqlparser/v2/ast"

	"aisle/gateway/apierror"
)

// fieldMerger counts the fields of a document with each fragment in the place of its spreads.
type fieldMerger struct {
	limits    Query
	fragments fragmentsByName
	fields    int // so far, of all operations
}

// responseField is one field of an object of the response. A document may select it more than once.
type responseField struct {
	name  string
	times int
	sets  []ast.SelectionSet // below it, one for each time
}

// merge counts the fields of sets that select from one object of the response, and all fields below them. It returns how many fields
// the object has.
func (m *fieldMerger) merge(sets []ast.SelectionSet) (int, error) {
	o := objectFields{fieldMerger: m, byName: map[string]int{}, spread: map[string]bool{}}
	for _, set := range sets {
		if err := o.add(set); err != nil {
			return 0, err
		}
	}
	for _, field := range o.list {
		if field.times > m.limits.Repeats {
			return 0, apierror.New(apierror.CodeLimit,
				`The document asks for "%s" %d times in one place, the limit is %d.`, field.name, field.times, m.limits.Repeats)
		}
		if len(field.sets) == 0 {
			continue
		}
		if _, err := m.merge(field.sets); err != nil {
			return 0, err
		}
	}
	return len(o.list), nil
}

// objectFields collects the fields of one object.
type objectFields struct {
	*fieldMerger

	list   []responseField
	byName map[string]int // indexes of list
	spread map[string]bool
}

func (o *objectFields) add(set ast.SelectionSet) error {
	for _, selection := range set {
		var err error
		switch s := selection.(type) {
		case *ast.Field:
			err = o.addField(s)
		case *ast.InlineFragment:
			err = o.add(s.SelectionSet)
		case *ast.FragmentSpread:
			if fragment := o.fragments[s.Name]; fragment != nil && !o.spread[s.Name] {
				o.spread[s.Name] = true
				err = o.add(fragment.SelectionSet)
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (o *objectFields) addField(field *ast.Field) error {
	o.fields++
	if o.fields > o.limits.Fields {
		return apierror.New(apierror.CodeLimit, "The document asks for more than %d fields, the limit.", o.limits.Fields)
	}
	i, known := o.byName[field.Alias]
	if !known {
		i = len(o.list)
		o.byName[field.Alias] = i
		o.list = append(o.list, responseField{name: field.Alias})
	}
	o.list[i].times++
	if len(field.SelectionSet) > 0 {
		o.list[i].sets = append(o.list[i].sets, field.SelectionSet)
	}
	return nil
}
