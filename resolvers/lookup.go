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
	employee, err := r.Modules.Staff.FindByLogin(ctx, deref(by.Login)) // exactly one key is set, and this is the only one
	if err != nil || employee == nil || !employee.VisibleTo(loaders.FromContext(ctx).Scope) {
		return nil, err
	}
	return employee, nil
}
