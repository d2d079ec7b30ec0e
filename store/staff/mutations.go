package staff

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/store"
)

// EventData is the data of an employee's event.
type EventData struct {
	Employee Employee `json:"employee"`
}

// An Assignment is an employee's place in the chain: a store role has a store, a region manager has a region, and an
// administrator has neither.
type Assignment struct {
	Role     auth.Role
	StoreID  uuid.NullUUID
	RegionID uuid.NullUUID
}

// validate checks that the role has the store or region that it needs.
func (a Assignment) validate() error {
	inStore := a.Role != auth.RoleRegionManager && a.Role != auth.RoleAdmin
	switch {
	case !a.Role.Valid():
		return store.NewInputError("role", "An employee cannot have the role %s.", store.Quote(string(a.Role)))
	case inStore != a.StoreID.Valid:
		if inStore {
			return store.NewUserError(store.CodeRequired, "storeId", "The role %s needs a store. Send storeId.", a.Role)
		}
		return store.NewInputError("storeId", "The role %s has no store. Send null for storeId.", a.Role)
	case (a.Role == auth.RoleRegionManager) != a.RegionID.Valid:
		if a.Role == auth.RoleRegionManager {
			return store.NewUserError(store.CodeRequired, "regionId", "The role %s needs a region. Send regionId.", a.Role)
		}
		return store.NewInputError("regionId", "The role %s has no region. Send null for regionId.", a.Role)
	default:
		return nil
	}
}

// A Reassignment changes an assignment. Nil fields keep their values.
type Reassignment struct {
	Role     *auth.Role
	StoreID  *uuid.NullUUID
	RegionID *uuid.NullUUID
}

// apply returns the assignment with the changes.
func (r Reassignment) apply(a Assignment) Assignment {
	if r.Role != nil {
		a.Role = *r.Role
	}
	if r.StoreID != nil {
		a.StoreID = *r.StoreID
	}
	if r.RegionID != nil {
		a.RegionID = *r.RegionID
	}
	return a
}

// Assignment returns the employee's assignment.
func (e Employee) Assignment() Assignment { return Assignment{e.Role, e.StoreID, e.RegionID} }

// A Manager is the employee who changes other employees.
type Manager struct {
	ID    uuid.UUID
	Role  auth.Role
	Scope auth.Scope
}

// mayManage reports whether the manager may manage an employee with the assignment: of a lower role, in a store of the
// manager's scope. Administrators may manage everyone.
func (m Manager) mayManage(a Assignment) bool {
	return m.Role == auth.RoleAdmin || m.Role.Outranks(a.Role) && a.StoreID.Valid && m.Scope.IncludesStore(a.StoreID.UUID)
}

// Manages reports whether the manager manages the employee, and so may see and end their sessions.
func (m Manager) Manages(e Employee) bool { return m.mayManage(e.Assignment()) }

// The commands of this module must hold its lock, ModuleLock("staff"), and those of the employee's old and new store.

// Hire creates an employee.
func (s *Service) Hire(
	ctx context.Context, tx *store.Tx, manager Manager, login, name string, assignment Assignment, hiredOn time.Time,
) (*Employee, error) {
	if err := assignment.validate(); err != nil {
		return nil, err
	}
	if !manager.mayManage(assignment) {
		return nil, store.NewUserError(store.CodeNotAllowed, "role",
			"You can only hire employees with a role below your own, in your own stores.")
	}
	taken, err := NewService(tx).FindByLogin(ctx, login)
	if err != nil {
		return nil, err
	}
	if taken != nil {
		return nil, store.NewUserError(store.CodeTaken, "login", "The login %s is already taken.", store.Quote(login))
	}
	row, err := New(tx).upsertEmployee(ctx, upsertEmployeeParams{
		ID: store.NewID(), StoreID: assignment.StoreID, RegionID: assignment.RegionID, Login: login, DisplayName: name,
		Role: assignment.Role, Status: StatusActive, HiredOn: hiredOn, Version: 1, CreatedAt: tx.Now, UpdatedAt: tx.Now,
	})
	if err != nil {
		return nil, fmt.Errorf("hire an employee: %w", err)
	}
	emit(tx, store.EventEmployeeCreated, row, row.Assignment())
	return &row, nil
}

// Rename changes an employee's display name. Nil keeps it.
func (s *Service) Rename(
	ctx context.Context, tx *store.Tx, manager Manager, id uuid.UUID, expectedVersion *int32, name *string,
) (*Employee, error) {
	return s.change(ctx, tx, manager, id, expectedVersion, func(e *Employee) error {
		if name != nil {
			e.DisplayName = *name
		}
		return nil
	})
}

// Move gives an employee another role, store or region.
func (s *Service) Move(
	ctx context.Context, tx *store.Tx, manager Manager, id uuid.UUID, expectedVersion *int32, move Reassignment,
) (*Employee, error) {
	return s.change(ctx, tx, manager, id, expectedVersion, func(e *Employee) error {
		assignment := move.apply(e.Assignment())
		if err := assignment.validate(); err != nil {
			return err
		}
		if e.ID == manager.ID {
			return store.NewUserError(store.CodeNotAllowed, "employeeId",
				"You cannot change your own role, store or region. Ask a manager above you.")
		}
		if !manager.mayManage(assignment) {
			return store.NewUserError(store.CodeNotAllowed, "role", "You can only assign roles below your own, in your own stores.")
		}
		e.Role, e.StoreID, e.RegionID = assignment.Role, assignment.StoreID, assignment.RegionID
		return nil
	})
}

// SetStatus sets the status of an employee. The caller ends the sessions of a deactivated employee.
func (s *Service) SetStatus(
	ctx context.Context, tx *store.Tx, manager Manager, id uuid.UUID, expectedVersion *int32, status Status,
) (*Employee, error) {
	return s.change(ctx, tx, manager, id, expectedVersion, func(e *Employee) error {
		if e.ID == manager.ID {
			return store.NewUserError(store.CodeNotAllowed, "employeeId", "You cannot change your own status. Ask a manager above you.")
		}
		e.Status = status
		return nil
	})
}

func (s *Service) change(
	ctx context.Context, tx *store.Tx, manager Manager, id uuid.UUID, expectedVersion *int32, rule func(*Employee) error,
) (*Employee, error) {
	found, err := NewService(tx).GetEmployees(ctx, manager.Scope, []uuid.UUID{id})
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, NotFound()
	}
	current := found[0]
	if !manager.mayManage(current.Assignment()) {
		return &current, store.NewUserError(store.CodeNotAllowed, "employeeId",
			"You do not manage %s. Ask a manager above both of you.", current.DisplayName)
	}
	if err := store.CheckVersion("employee", current.Version, expectedVersion); err != nil {
		return &current, err
	}
	next := current
	if err := rule(&next); err != nil {
		return &current, err
	}
	if next == current {
		return &current, nil
	}
	next.Version, next.UpdatedAt = current.Version+1, tx.Now
	row, err := New(tx).upsertEmployee(ctx, upsertEmployeeParams(next))
	if err != nil {
		return nil, fmt.Errorf("change an employee: %w", err)
	}
	emit(tx, eventType(current, row), row, current.Assignment())
	return &row, nil
}

// NotFound returns the error for an employee who does not exist or is outside the viewer's scope.
func NotFound() *store.UserError {
	return store.NewUserError(store.CodeNotFound, "employeeId", "There is no such employee.")
}

// eventType returns the type of the event of a change.
func eventType(before, after Employee) store.EventType {
	switch {
	case before.Status == after.Status:
		return store.EventEmployeeUpdated
	case after.Status == StatusActive:
		return store.EventEmployeeReactivated
	default: // also from ON_LEAVE to LEFT
		return store.EventEmployeeDeactivated
	}
}

// emit emits the employee's event for the store and region of the current assignment and, if it has changed, of the previous
// one.
func emit(tx *store.Tx, t store.EventType, e Employee, before Assignment) {
	for i, a := range []Assignment{before, e.Assignment()} {
		if i > 0 && a == before {
			continue
		}
		tx.Emit(store.Event{
			Type: t, StoreID: a.StoreID, RegionID: a.RegionID, SubjectID: e.ID, Data: EventData{e},
		})
	}
}
