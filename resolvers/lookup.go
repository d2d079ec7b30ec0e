package resolvers

import (
	"context"

	"aisle/graph"
	"aisle/loaders"
	"aisle/store"
	"aisle/store/staff"
)

// checkLookup checks that a query for one object has exactly one of the arguments id and by.
func checkLookup(hasID, hasBy bool) error {
	switch {
	case hasID && hasBy:
		return store.NewInputError("by", "id and by were both sent. Send exactly one of them.")
	case !hasID && !hasBy:
		return store.NewUserError(store.CodeRequired, "id", "id and by are both missing. Send exactly one of them.")
	default:
		return nil
	}
}

// findEmployee finds an employee by another key than the id; nil if there is none in the viewer's scope.
func (r *Resolver) findEmployee(ctx context.Context, by *graph.EmployeeLookup) (*staff.Employee, error) {
	login, err := lookupKey("by.login", by.Login)
	if err != nil {
		return nil, err
	}
	employee, err := r.Modules.Staff.FindByLogin(ctx, login)
	if err != nil || employee == nil || !employee.VisibleTo(loaders.FromContext(ctx).Scope) {
		return nil, err
	}
	return employee, nil
}

// lookupKey returns the key of a lookup. @oneOf requires it in literals, but variables can lack it.
func lookupKey(field string, key *string) (string, error) {
	if key == nil {
		return "", store.NewUserError(store.CodeRequired, field, "%s is missing or null. Send exactly one key.", field)
	}
	return *key, nil
}
