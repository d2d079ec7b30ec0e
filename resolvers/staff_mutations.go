package resolvers

import (
	"cmp"
	"context"
	"regexp"
	"strings"
	"time"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/graph"
	"aisle/loaders"
	"aisle/sessions"
	"aisle/store"
	"aisle/store/access"
	"aisle/store/staff"
	"aisle/store/stores"
)

// loginPattern matches a login.
var loginPattern = regexp.MustCompile(`^[a-z0-9]([a-z0-9._-]{0,62}[a-z0-9])?$`)

// newManager returns the viewer as a manager of employees.
func newManager(ctx context.Context, scope auth.Scope) staff.Manager {
	viewer := auth.ViewerFromContext(ctx)
	return staff.Manager{ID: viewer.EmployeeID, Role: viewer.Role, Scope: scope}
}

// parseAssignment parses the assignment of an employee. The store and the region must be in the viewer's scope, and the store open.
func (r *Resolver) parseAssignment(
	ctx context.Context, role auth.Role, storeID, regionID *string,
) (staff.Assignment, *stores.Snapshot, error) {
	assignment := staff.Assignment{Role: role}
	var at *stores.Snapshot
	if storeID != nil {
		id, err := parseID("storeId", stores.StorePrefix, *storeID)
		if err != nil {
			return assignment, nil, err
		}
		if at, err = loaders.FromContext(ctx).Stores().Stores.Load(ctx, id); err != nil || at == nil {
			return assignment, nil, orNotFoundError(err, "storeId", "store")
		}
		if err := checkNotClosed(at); err != nil {
			return assignment, nil, err
		}
		assignment.StoreID = uuid.NullUUID{UUID: id, Valid: true}
	}
	if regionID != nil {
		id, err := parseID("regionId", stores.RegionPrefix, *regionID)
		if err != nil {
			return assignment, nil, err
		}
		if region, err := loaders.FromContext(ctx).Stores().Regions.Load(ctx, id); err != nil || region == nil {
			return assignment, nil, orNotFoundError(err, "regionId", "region")
		}
		assignment.RegionID = uuid.NullUUID{UUID: id, Valid: true}
	}
	return assignment, at, nil
}

// checkStillOpen checks that the store did not close while the command waited for its locks. The loaders of ctx read in its transaction.
func checkStillOpen(ctx context.Context, assignment staff.Assignment) error {
	if !assignment.StoreID.Valid {
		return nil
	}
	at, err := loaders.FromContext(ctx).Stores().Stores.Load(ctx, assignment.StoreID.UUID)
	if err != nil || at == nil {
		return orNotFoundError(err, "storeId", "store")
	}
	return checkNotClosed(at)
}

func checkNotClosed(storeRow *stores.Snapshot) error {
	if storeRow.Status == stores.StatusClosed {
		return store.NewInputError("storeId", "The store %s is permanently closed.", storeRow.Code)
	}
	return nil
}

// hire creates an employee.
func (r *Resolver) hire(ctx context.Context, in graph.HireEmployeeInput) (*staff.Employee, []store.UserError, error) {
	inputErr := checkHire(&in)
	assignment, at, err := r.parseAssignment(ctx, in.Role, in.StoreID, in.RegionID)
	err = cmp.Or(err, inputErr)
	hash := ""
	if err == nil {
		hash, err = r.Sessions.Passwords.Hash(ctx, in.Password)
	}
	c := newStaffCommand(assignment)
	return runMutation(ctx, r, c, err,
		func(ctx context.Context, scope auth.Scope, tx *store.Tx) (*staff.Employee, error) {
			if err := checkStillOpen(r.withTxLoaders(ctx, tx, scope), assignment); err != nil {
				return nil, err
			}
			day := hireDate(in.HiredOn, tx.Now, at)
			employee, err := r.Modules.Staff.Hire(ctx, tx, newManager(ctx, scope), in.Login, in.DisplayName, assignment, day)
			if err != nil {
				return nil, err
			}
			return employee, access.NewService(tx).SetPassword(ctx, employee.ID, hash, tx.Now)
		})
}

// checkHire checks and cleans the texts of the input.
func checkHire(in *graph.HireEmployeeInput) (err error) {
	in.Login = strings.ToLower(strings.TrimSpace(in.Login))
	if !loginPattern.MatchString(in.Login) {
		return store.NewInputError("login", "%s is not a login. A login has 1 to 64 lowercase letters and digits, with . _ - between them.",
			store.Quote(in.Login))
	}
	if in.DisplayName, err = store.CleanText("displayName", in.DisplayName, maxNameLen); err != nil {
		return err
	}
	return sessions.CheckPassword("password", in.Password)
}

// hireDate returns the first working day. Nil means today in the timezone of the store.
func hireDate(day *time.Time, now time.Time, storeRow *stores.Snapshot) time.Time {
	if day != nil {
		return *day
	}
	if storeRow != nil {
		if zone, err := time.LoadLocation(storeRow.Timezone); err == nil {
			now = now.In(zone)
		}
	}
	return time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, time.UTC)
}

// newStaffCommand returns a command on employees. Such commands run one at a time, and lock the stores of the assignments.
func newStaffCommand(assignments ...staff.Assignment) store.Command {
	locks := []store.Lock{store.ModuleLock("staff")}
	for _, assignment := range assignments {
		if assignment.StoreID.Valid {
			locks = append(locks, store.StoreLock(assignment.StoreID.UUID))
		}
	}
	return store.Command{Locks: locks}
}

// employeeMutation is a mutation of one employee.
type employeeMutation struct {
	employeeID string
	to         staff.Assignment // the new assignment, if it changes
	inputErr   error            // the error of parsing the input, or nil
}

// mutateEmployee runs a command on an employee.
func (r *Resolver) mutateEmployee(
	ctx context.Context, c employeeMutation, f func(ctx context.Context, tx *store.Tx, b staff.Manager, id uuid.UUID) (*staff.Employee, error),
) (*staff.Employee, []store.UserError, error) {
	employee := &staff.Employee{}
	if c.inputErr == nil {
		employee, c.inputErr = loadEmployee(ctx, c.employeeID)
	}
	command := newStaffCommand(c.to)
	if c.inputErr == nil {
		command = newStaffCommand(employee.Assignment(), c.to)
	}
	return runMutation(ctx, r, command, c.inputErr,
		func(ctx context.Context, scope auth.Scope, tx *store.Tx) (*staff.Employee, error) {
			return f(ctx, tx, newManager(ctx, scope), employee.ID)
		})
}

// loadEmployee loads the employee of a command, whose store it locks.
func loadEmployee(ctx context.Context, id string) (*staff.Employee, error) {
	employeeID, err := parseID("employeeId", staff.EmployeePrefix, id)
	if err != nil {
		return nil, err
	}
	employee, err := loaders.FromContext(ctx).Staff().Employees.Load(ctx, employeeID)
	if err == nil && employee == nil {
		err = staff.NotFound()
	}
	return employee, err
}

// setEmployeeStatus activates or deactivates an employee. Deactivating ends all their sessions.
func (r *Resolver) setEmployeeStatus(
	ctx context.Context, c employeeMutation, expected *int32, status staff.Status,
) (*staff.Employee, []store.UserError, error) {
	employee, errs, err := r.mutateEmployee(ctx, c,
		func(ctx context.Context, tx *store.Tx, b staff.Manager, id uuid.UUID) (*staff.Employee, error) {
			employee, err := r.Modules.Staff.SetStatus(ctx, tx, b, id, expected, status)
			if err != nil {
				return employee, err
			}
			if status == staff.StatusInactive {
				if _, err := access.NewService(tx).EndSessions(ctx, id, uuid.Nil, tx.Now); err != nil {
					return nil, err
				}
			}
			return employee, r.revokeEmployeeTokens(ctx, tx, employee)
		})
	r.Sessions.OnRevoke()
	return employee, errs, err
}

// moveEmployee changes the assignment of an employee and revokes their access tokens.
func (r *Resolver) moveEmployee(ctx context.Context, c employeeMutation, expected *int32) (*staff.Employee, []store.UserError, error) {
	employee, errs, err := r.mutateEmployee(ctx, c,
		func(ctx context.Context, tx *store.Tx, b staff.Manager, id uuid.UUID) (*staff.Employee, error) {
			if err := checkStillOpen(r.withTxLoaders(ctx, tx, b.Scope), c.to); err != nil {
				return nil, err
			}
			employee, err := r.Modules.Staff.Move(ctx, tx, b, id, expected, c.to)
			if err != nil {
				return employee, err
			}
			return employee, r.revokeEmployeeTokens(ctx, tx, employee)
		})
	r.Sessions.OnRevoke()
	return employee, errs, err
}

// revokeEmployeeTokens revokes the access tokens with another assignment than the current one. For an inactive employee it revokes all.
func (r *Resolver) revokeEmployeeTokens(ctx context.Context, tx *store.Tx, e *staff.Employee) error {
	assignment := staff.Assignment{}
	if e.Status == staff.StatusActive {
		assignment = e.Assignment()
	}
	until := r.Sessions.AccessExpiry(tx.Now)
	return access.NewService(tx).RevokeAccessTokens(ctx, e.ID, assignment.Role, assignment.StoreID, assignment.RegionID, until)
}
