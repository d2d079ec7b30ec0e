package graph

import (
	"fmt"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"aisle/auth"
)

// DeniedError is the error of an operation that asks for what its viewer may not. It is an auth.ErrForbidden.
type DeniedError struct {
	What       string // the field, or the type
	Permission auth.Permission
}

// Error is a sentence for the one who asked.
func (d *DeniedError) Error() string {
	return fmt.Sprintf("You may not ask for %q: it needs the permission %s.", d.What, d.Permission)
}

// Unwrap makes it an auth.ErrForbidden.
func (*DeniedError) Unwrap() error { return auth.ErrForbidden }

// Permitted says whether a viewer may run an operation as a whole, by what the schema declares of its fields and types:
// @public, @signedIn and @can. It answers auth.ErrUnauthenticated or a DeniedError. Which rows there are is another question:
// that of the viewer's scope.
//
// Below a @public field nothing is checked: it makes another viewer of who asks, whose permissions are not known yet.
func Permitted(v auth.Viewer, schema *ast.Schema, operation *ast.OperationDefinition) error {
	w := &walk{viewer: v, schema: schema, seen: map[string]struct{}{}}
	return w.set(operation.SelectionSet, true)
}

// walk goes through an operation, and through each of its fragments once.
type walk struct {
	viewer auth.Viewer
	schema *ast.Schema
	seen   map[string]struct{} // fragments
}

func (w *walk) set(set ast.SelectionSet, isRoot bool) error {
	for _, selection := range set {
		if err := w.selection(selection, isRoot); err != nil {
			return err
		}
	}
	return nil
}

func (w *walk) selection(selection ast.Selection, isRoot bool) error {
	switch s := selection.(type) {
	case *ast.Field:
		if isRoot && s.Definition.Directives.ForName("public") != nil {
			return nil
		}
		if err := w.field(s, isRoot); err != nil {
			return err
		}
		return w.set(s.SelectionSet, false)
	case *ast.InlineFragment:
		if err := w.ofType(s.TypeCondition); err != nil {
			return err
		}
		return w.set(s.SelectionSet, isRoot)
	case *ast.FragmentSpread:
		if _, again := w.seen[s.Name]; again {
			return nil
		}
		w.seen[s.Name] = struct{}{}
		if err := w.ofType(s.Definition.TypeCondition); err != nil {
			return err
		}
		return w.set(s.Definition.SelectionSet, isRoot)
	default:
		return nil
	}
}

func (w *walk) field(f *ast.Field, isRoot bool) error {
	if strings.HasPrefix(f.Name, "__") { // the schema itself: the edge says who may see it
		return nil
	}
	if isRoot && w.viewer.Anonymous() {
		return auth.ErrUnauthenticated
	}
	if err := w.rule(f.Name, f.Definition.Directives); err != nil {
		return err
	}
	return w.ofType(f.Definition.Type.Name())
}

func (w *walk) ofType(name string) error {
	definition := w.schema.Types[name]
	if definition == nil {
		return nil
	}
	return w.rule(name, definition.Directives)
}

// rule holds @can.
func (w *walk) rule(what string, directives ast.DirectiveList) error {
	p, ok := permissionOf(directives)
	if !ok || w.viewer.Can(p) {
		return nil
	}
	return &DeniedError{what, p}
}

// permissionOf is the permission that @can asks for.
func permissionOf(directives ast.DirectiveList) (p auth.Permission, ok bool) {
	can := directives.ForName("can")
	if can == nil {
		return "", false
	}
	return auth.Permission(can.Arguments.ForName("permission").Value.Raw), true
}
