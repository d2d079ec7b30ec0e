package graph

import (
	"fmt"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"aisle/auth"
)

// DeniedError reports a field or type that needs a permission which the viewer lacks. It wraps auth.ErrForbidden.
type DeniedError struct {
	Name       string // the field or type
	Permission auth.Permission
}

// Error returns a sentence that clients may see.
func (d *DeniedError) Error() string {
	return fmt.Sprintf("%q requires the permission %s.", d.Name, d.Permission)
}

// Unwrap returns auth.ErrForbidden.
func (*DeniedError) Unwrap() error { return auth.ErrForbidden }

// Authorize checks that a viewer may run an operation, by the directives @public, @signedIn and @can of its fields and types.
// It returns auth.ErrUnauthenticated or a *DeniedError. It does not check rows: the viewer's auth.Scope restricts those.
//
// Fields below a @public field are not checked: signIn changes the viewer, and the permissions of the new viewer are not known yet.
func Authorize(v auth.Viewer, schema *ast.Schema, operation *ast.OperationDefinition) error {
	a := &authorizer{viewer: v, schema: schema, visited: map[visit]struct{}{}}
	return a.checkSelectionSet(operation.SelectionSet, place{isRoot: true})
}

// AuthorizeRootField checks that a viewer may select a field of an operation's root: an anonymous viewer may select only @public fields.
// It returns auth.ErrUnauthenticated.
func AuthorizeRootField(v auth.Viewer, field *ast.Field) error {
	if v.Anonymous() && !isPublic(field) {
		return auth.ErrUnauthenticated
	}
	return nil
}

func isPublic(field *ast.Field) bool {
	return field.Definition != nil && field.Definition.Directives.ForName("public") != nil
}

// authorizer walks an operation. It visits each fragment once for each place that allows another type.
type authorizer struct {
	viewer  auth.Viewer
	schema  *ast.Schema
	visited map[visit]struct{}
}

// visit identifies a fragment below a field that allows a type.
type visit struct{ fragment, allowed string }

// place is where a selection stands.
type place struct {
	isRoot bool
	// allowed is the type of the field above if the field is @signedIn: Viewer.partner shows partners their own Partner, which
	// otherwise only administrators see. Its fields are checked like any others.
	allowed string
}

func (a *authorizer) checkSelectionSet(set ast.SelectionSet, at place) error {
	for _, selection := range set {
		if err := a.checkSelection(selection, at); err != nil {
			return err
		}
	}
	return nil
}

func (a *authorizer) checkSelection(selection ast.Selection, at place) error {
	switch s := selection.(type) {
	case *ast.Field:
		if at.isRoot && isPublic(s) {
			return nil
		}
		below := place{}
		if !at.isRoot && s.Definition.Directives.ForName("signedIn") != nil {
			below.allowed = s.Definition.Type.Name()
		}
		if err := a.checkField(s, at.isRoot, below.allowed); err != nil {
			return err
		}
		return a.checkSelectionSet(s.SelectionSet, below)
	case *ast.InlineFragment:
		if err := a.checkType(s.TypeCondition, at.allowed); err != nil {
			return err
		}
		return a.checkSelectionSet(s.SelectionSet, at)
	case *ast.FragmentSpread:
		this := visit{s.Name, at.allowed}
		if _, visited := a.visited[this]; visited {
			return nil
		}
		a.visited[this] = struct{}{}
		if err := a.checkType(s.Definition.TypeCondition, at.allowed); err != nil {
			return err
		}
		return a.checkSelectionSet(s.Definition.SelectionSet, at)
	default:
		return nil
	}
}

func (a *authorizer) checkField(f *ast.Field, isRoot bool, allowed string) error {
	if strings.HasPrefix(f.Name, "__") { // introspection: the gateway decides who may use it
		return nil
	}
	if isRoot {
		if err := AuthorizeRootField(a.viewer, f); err != nil {
			return err
		}
	}
	if err := a.checkPermission(f.Name, f.Definition.Directives); err != nil {
		return err
	}
	return a.checkType(f.Definition.Type.Name(), allowed)
}

func (a *authorizer) checkType(name, allowed string) error {
	definition := a.schema.Types[name]
	if definition == nil || name == allowed {
		return nil
	}
	return a.checkPermission(name, definition.Directives)
}

func (a *authorizer) checkPermission(name string, directives ast.DirectiveList) error {
	required, ok := requiredPermission(directives)
	if !ok || a.viewer.Can(required) {
		return nil
	}
	return &DeniedError{name, required}
}

// requiredPermission returns the argument of @can, if there is one.
func requiredPermission(directives ast.DirectiveList) (p auth.Permission, ok bool) {
	can := directives.ForName("can")
	if can == nil {
		return "", false
	}
	return auth.Permission(can.Arguments.ForName("permission").Value.Raw), true
}
