package staff

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/store"
)

// EventData is what an event tells of an employee.
type EventData struct {
	Employee Employee `json:"employee"`
}

// Assignment is where an employee stands in the chain: a store role has a store, a region manager a region, an
// administrator neither.
type Assignment struct {
	Role     auth.Role
	StoreID  uuid.NullUUID
	RegionID uuid.NullUUID
}

// check says what is wrong with a place; nil for nothing.
func (p Assignment) check() error {
	inStore := p.Role != auth.RoleRegionManager && p.Role != auth.RoleAdmin
	switch {
	case !p.Role.Valid():
		return store.NewInputError("role", "No employee has the role %s: partners are not the staff's.", p.Role)
	case inStore != p.StoreID.Valid:
		return store.NewInputError("storeId", "Associates, supervisors and store managers have a store, and nobody else: %s.", p.Role)
	case (p.Role == auth.RoleRegionManager) != p.RegionID.Valid:
		return store.NewInputError("regionId", "Region managers have a region, and nobody else: %s.", p.Role)
	default:
		return nil
	}
}

// Assignment is where the employee stands.
func (e Employee) Assignment() Assignment { return Assignment{e.Role, e.StoreID, e.RegionID} }

// Manager is who changes employees: what they may do depends on their own role.
type Manager struct {
	ID    uuid.UUID
	Role  auth.Role
	Scope auth.Scope
}

// mayPlace says whether the boss may have somebody at a place: below them, and where they rule. Administrators may have
// anybody anywhere.
func (b Manager) mayPlace(p Assignment) bool {
	return b.Role == auth.RoleAdmin || b.Role.Outranks(p.Role) && p.StoreID.Valid && b.Scope.IncludesStore(p.StoreID.UUID)
}

// Manages says whether the boss manages the employee, and so may see and end their sessions.
func (b Manager) Manages(e Employee) bool { return b.mayPlace(e.Assignment()) }

// All commands of this module have its lock, LockModule("staff"), and those of the stores that the employee comes from
// and goes to.

// Hire takes an employee on.
func (s *Service) Hire(
	ctx context.Context, tx *store.Tx, boss Manager, login, name string, place Assignment, hiredOn time.Time,
) (*Employee, error) {
	if err := place.check(); err != nil {
		return nil, err
	}
	if !boss.mayPlace(place) {
		return nil, store.NewInputError("role", "You may hire people below your own role, in stores that are yours.")
	}
	taken, err := NewService(tx).FindByLogin(ctx, login)
	if err != nil {
		return nil, err
	}
	if taken != nil {
		return nil, store.NewInputError("login", "The login %q belongs to somebody else.", login)
	}
	row, err := New(tx).upsertEmployee(ctx, upsertEmployeeParams{
		ID: store.NewID(), StoreID: place.StoreID, RegionID: place.RegionID, Login: login, DisplayName: name,
		Role: place.Role, Status: StatusActive, HiredOn: hiredOn, Version: 1, CreatedAt: tx.Now, UpdatedAt: tx.Now,
	})
	if err != nil {
		return nil, fmt.Errorf("hire an employee: %w", err)
	}
	tell(tx, row, row.Assignment())
	return &row, nil
}

// Rename changes an employee's name.
func (s *Service) Rename(
	ctx context.Context, tx *store.Tx, boss Manager, id uuid.UUID, expected *int32, name string,
) (*Employee, error) {
	return s.change(ctx, tx, boss, id, expected, func(e *Employee) error { e.DisplayName = name; return nil })
}

// Move gives an employee another role, store or region.
func (s *Service) Move(
	ctx context.Context, tx *store.Tx, boss Manager, id uuid.UUID, expected *int32, place Assignment,
) (*Employee, error) {
	return s.change(ctx, tx, boss, id, expected, func(e *Employee) error {
		if err := place.check(); err != nil {
			return err
		}
		if e.ID == boss.ID {
			return store.NewInputError("employeeId", "Nobody moves themselves: ask somebody above you.")
		}
		if !boss.mayPlace(place) {
			return store.NewInputError("role", "You may give people roles below your own, in stores that are yours.")
		}
		e.Role, e.StoreID, e.RegionID = place.Role, place.StoreID, place.RegionID
		return nil
	})
}

// SetStatus lets an employee sign in, or not any more. Whoever calls it ends the sessions of those who may not.
func (s *Service) SetStatus(
	ctx context.Context, tx *store.Tx, boss Manager, id uuid.UUID, expected *int32, status Status,
) (*Employee, error) {
	return s.change(ctx, tx, boss, id, expected, func(e *Employee) error {
		if e.ID == boss.ID {
			return store.NewInputError("employeeId", "Nobody deactivates themselves: ask somebody above you.")
		}
		e.Status = status
		return nil
	})
}

func (s *Service) change(
	ctx context.Context, tx *store.Tx, boss Manager, id uuid.UUID, expected *int32, rule func(*Employee) error,
) (*Employee, error) {
	found, err := NewService(tx).GetEmployees(ctx, boss.Scope, []uuid.UUID{id})
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, NotFound()
	}
	now := found[0]
	if !boss.mayPlace(now.Assignment()) {
		return &now, store.NewInputError("employeeId", "%s is not below you: ask somebody above both of you.", now.DisplayName)
	}
	if err := store.CheckVersion("employee", now.Version, expected); err != nil {
		return &now, err
	}
	next := now
	if err := rule(&next); err != nil {
		return &now, err
	}
	if next == now {
		return &now, nil
	}
	next.Version, next.UpdatedAt = now.Version+1, tx.Now
	row, err := New(tx).upsertEmployee(ctx, upsertEmployeeParams(next))
	if err != nil {
		return nil, fmt.Errorf("change an employee: %w", err)
	}
	tell(tx, row, now.Assignment())
	return &row, nil
}

// NotFound is the answer to an employee who does not exist, or who is not the viewer's to see.
func NotFound() *store.UserError {
	return store.NewUserError(store.CodeNotFound, "employeeId", "There is no such employee.")
}

// tell tells of an employee where they are, and, when they have moved, where they were.
func tell(tx *store.Tx, e Employee, before Assignment) {
	for i, place := range []Assignment{before, e.Assignment()} {
		if i > 0 && place == before {
			continue
		}
		tx.Emit(store.Event{
			Type: store.EventEmployeeChanged, StoreID: place.StoreID, RegionID: place.RegionID, SubjectID: e.ID, Data: EventData{e},
		})
	}
}
