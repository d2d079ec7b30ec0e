package server

import (
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// shape is what bounds a document before it is validated, which takes time that grows with the square of some of these
// figures. It looks at each part of the document a bounded number of times.
type shape struct {
	limits    Limits
	fragments map[string]*ast.FragmentDefinition
	depths    map[string]int // of the fragments that operations use; inside while it is being found
	fields    int            // of all operations, their fragments put in
}

const inside = -1

// check refuses a document whose shape is beyond a limit.
func (l Limits) check(document *ast.QueryDocument) error {
	s := &shape{limits: l, fragments: map[string]*ast.FragmentDefinition{}, depths: map[string]int{}}
	if err := s.know(document.Fragments); err != nil {
		return err
	}
	if err := l.checkMarks(document); err != nil {
		return err
	}
	for _, operation := range document.Operations {
		if err := s.check(operation.SelectionSet); err != nil {
			return err
		}
	}
	for name := range s.fragments {
		if _, used := s.depths[name]; !used { // validation would go into it to say the same
			return refuse(0, codeValidation, `Fragment "%s" is never used.`, name)
		}
	}
	return nil
}

func (s *shape) know(fragments ast.FragmentDefinitionList) error {
	if n := len(fragments); n > s.limits.Fragments {
		return tooMany(n, "fragments", s.limits.Fragments)
	}
	for _, fragment := range fragments {
		if s.fragments[fragment.Name] != nil {
			return refuse(0, codeValidation, `There can be only one fragment named "%s".`, fragment.Name)
		}
		s.fragments[fragment.Name] = fragment
	}
	return nil
}

func tooMany(n int, what string, limit int) error {
	return refuse(0, codeLimit, "The document has %d %s, the limit is %d.", n, what, limit)
}

// check bounds an operation.
func (s *shape) check(set ast.SelectionSet) error {
	depth, err := s.depth(set)
	if err != nil {
		return err
	}
	if depth > s.limits.Depth {
		return refuse(0, codeLimit, "The document is %d levels deep, the limit is %d.", depth, s.limits.Depth)
	}
	roots, err := s.merge([]ast.SelectionSet{set})
	if err == nil && roots > s.limits.RootFields {
		return tooMany(roots, "root fields", s.limits.RootFields)
	}
	return err
}

// depth is how many levels of fields a set has. The schema's own description is none of it: it is deep, and for
// administrators.
func (s *shape) depth(set ast.SelectionSet) (int, error) {
	deepest := 0
	for _, selection := range set {
		var below int
		var err error
		switch one := selection.(type) {
		case *ast.Field:
			below, err = s.depth(one.SelectionSet)
			if isIntrospection(one) {
				below = 0
			}
			below++
		case *ast.InlineFragment:
			below, err = s.depth(one.SelectionSet)
		case *ast.FragmentSpread:
			below, err = s.depthOf(one.Name)
		}
		if err != nil {
			return 0, err
		}
		deepest = max(deepest, below)
	}
	return deepest, nil
}

// depthOf is the depth of a fragment; 0 of one that is not defined, which validation refuses.
func (s *shape) depthOf(name string) (int, error) {
	fragment := s.fragments[name]
	if fragment == nil {
		return 0, nil
	}
	switch depth, begun := s.depths[name]; {
	case begun && depth == inside:
		return 0, refuse(0, codeValidation, `Fragment "%s" contains itself.`, name)
	case begun:
		return depth, nil
	}
	s.depths[name] = inside
	depth, err := s.depth(fragment.SelectionSet)
	s.depths[name] = depth
	return depth, err
}

// place is where one field of an answer is asked for, once or more often.
type place struct {
	name  string
	times int
	sets  []ast.SelectionSet // below it, of each time
}

// merge counts the fields of sets that make one object of the answer, with all that is below them. It answers how many
// the object itself has.
func (s *shape) merge(sets []ast.SelectionSet) (int, error) {
	m := merging{shape: s, byName: map[string]int{}, spread: map[string]bool{}}
	for _, set := range sets {
		if err := m.add(set); err != nil {
			return 0, err
		}
	}
	for _, p := range m.places {
		if p.times > s.limits.Repeats {
			return 0, refuse(0, codeLimit, `The document asks for "%s" %d times in one place, the limit is %d.`, p.name, p.times, s.limits.Repeats)
		}
		if len(p.sets) == 0 {
			continue
		}
		if _, err := s.merge(p.sets); err != nil {
			return 0, err
		}
	}
	return len(m.places), nil
}

// merging collects the places of one object.
type merging struct {
	*shape

	places []place
	byName map[string]int // indexes of places
	spread map[string]bool
}

func (m *merging) add(set ast.SelectionSet) error {
	for _, selection := range set {
		var err error
		switch one := selection.(type) {
		case *ast.Field:
			m.fields++
			if m.fields > m.limits.Fields {
				return refuse(0, codeLimit, "The document asks for more than %d fields, the limit.", m.limits.Fields)
			}
			i, known := m.byName[one.Alias]
			if !known {
				i = len(m.places)
				m.byName[one.Alias] = i
				m.places = append(m.places, place{name: one.Alias})
			}
			m.places[i].times++
			if len(one.SelectionSet) > 0 {
				m.places[i].sets = append(m.places[i].sets, one.SelectionSet)
			}
		case *ast.InlineFragment:
			err = m.add(one.SelectionSet)
		case *ast.FragmentSpread:
			if fragment := m.fragments[one.Name]; fragment != nil && !m.spread[one.Name] {
				m.spread[one.Name] = true
				err = m.add(fragment.SelectionSet)
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// isIntrospection says whether the field is of the schema itself.
func isIntrospection(field *ast.Field) bool { return strings.HasPrefix(field.Name, "__") }
