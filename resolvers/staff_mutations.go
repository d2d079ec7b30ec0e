package resolvers

import (
	"cmp"
	"context"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

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

// maxLoginLen is the maximum length of a login, in characters.
const maxLoginLen = 64

// loginPattern matches a login, without its maximum length.
var loginPattern = regexp.MustCompile(`^[a-z0-9]([a-z0-9._-]*[a-z0-9])?$`)

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
	at, err := parseOpenStore(ctx, storeID)
	if err != nil {
		return assignment, nil, err
	}
	if at != nil {
		assignment.StoreID = uuid.NullUUID{UUID: at.ID, Valid: true}
	}
	assignment.RegionID, err = parseManagedRegion(ctx, regionID)
	return assignment, at, err
}

// parseOpenStore loads the store of an assignment, which must not be closed; nil for no store.
func parseOpenStore(ctx context.Context, storeID *string) (*stores.Snapshot, error) {
	id, err := parseOptionalID("storeId", stores.StorePrefix, storeID)
	if err != nil || !id.Valid {
		return nil, err
	}
	at, err := loaders.FromContext(ctx).Stores().Stores.Load(ctx, id.UUID)
	if err != nil || at == nil {
		return nil, orNotFoundError(err, "storeId", "store")
	}
	return at, checkNotClosed(at)
}

// parseManagedRegion returns the id of the region of an assignment, which must exist.
func parseManagedRegion(ctx context.Context, regionID *string) (uuid.NullUUID, error) {
	id, err := parseOptionalID("regionId", stores.RegionPrefix, regionID)
	if err != nil || !id.Valid {
		return id, err
	}
	region, err := loaders.FromContext(ctx).Stores().Regions.Load(ctx, id.UUID)
	if err != nil || region == nil {
		return id, orNotFoundError(err, "regionId", "region")
	}
	return id, nil
}

// parseReassignment parses the new assignment of an employee. Omitted fields keep their values, and null clears them.
func parseReassignment(ctx context.Context, in graph.MoveEmployeeInput) (staff.Reassignment, error) {
	var re staff.Reassignment
	role, err := parseRequired("role", in.Role)
	if err != nil {
		return re, err
	}
	re.Role = role
	if storeID, ok := in.StoreID.ValueOK(); ok {
		at, err := parseOpenStore(ctx, storeID)
		if err != nil {
			return re, err
		}
		re.StoreID = &uuid.NullUUID{}
		if at != nil {
			re.StoreID = &uuid.NullUUID{UUID: at.ID, Valid: true}
		}
	}
	if regionID, ok := in.RegionID.ValueOK(); ok {
		id, err := parseManagedRegion(ctx, regionID)
		if err != nil {
			return re, err
		}
		re.RegionID = &id
	}
	return re, nil
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
		return store.NewUserError(store.CodeClosed, "storeId", "The store %s is permanently closed. Choose another store.", storeRow.Code)
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
	if err := checkLogin(in.Login); err != nil {
		return err
	}
	if in.DisplayName, err = store.CleanText("displayName", in.DisplayName, maxNameLen); err != nil {
		return err
	}
	return sessions.CheckPassword("password", in.Password)
}

func checkLogin(login string) error {
	switch n := utf8.RuneCountInString(login); {
	case n == 0:
		return store.NewUserError(store.CodeRequired, "login", "The login is empty. Send 1 to %d characters.", maxLoginLen)
	case n > maxLoginLen:
		return store.NewUserError(store.CodeTooLong, "login", "The login has %d characters. It may have up to %d.", n, maxLoginLen)
	case !loginPattern.MatchString(login):
		return store.NewInputError("login", "%s is not a login. A login has lowercase letters and digits, with . _ - between them.",
			store.Quote(login))
	default:
		return nil
	}
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
	to         staff.Assignment // with the new store, if it changes
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
			if status != staff.StatusActive {
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
func (r *Resolver) moveEmployee(ctx context.Context, in graph.MoveEmployeeInput) (*staff.Employee, []store.UserError, error) {
	move, err := parseReassignment(ctx, in)
	c := employeeMutation{employeeID: in.EmployeeID, inputErr: err}
	if move.StoreID != nil {
		c.to.StoreID = *move.StoreID
	}
	employee, errs, err := r.mutateEmployee(ctx, c,
		func(ctx context.Context, tx *store.Tx, b staff.Manager, id uuid.UUID) (*staff.Employee, error) {
			if err := checkStillOpen(r.withTxLoaders(ctx, tx, b.Scope), c.to); err != nil {
				return nil, err
			}
			employee, err := r.Modules.Staff.Move(ctx, tx, b, id, in.ExpectedVersion, move)
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
