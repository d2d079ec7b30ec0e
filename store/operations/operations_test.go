package operations_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"

	"aisle/app/localpg/pgtest"
	"aisle/auth"
	"aisle/store"
	"aisle/store/operations"
	"aisle/store/postgres"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func openPool(t *testing.T) *postgres.Pool {
	t.Helper()
	pool, err := postgres.Open(t.Context(), pgtest.New(t), postgres.Options{MaxConns: 4})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool
}

// runCommand runs a command.
func runCommand(t *testing.T, pool *postgres.Pool, f func(ctx context.Context, tx *store.Tx) ([]operations.Operation, error)) ([]operations.Operation, error) {
	t.Helper()
	commands := store.NewCommandRunner(pool, time.Now, func(context.Context, uuid.UUID, store.Position) {})
	var rows []operations.Operation
	_, err := store.Run(t.Context(), commands, store.Command{Name: "test", Locks: []store.Lock{operations.Lock()}},
		func(ctx context.Context, tx *store.Tx) (_ struct{}, err error) {
			rows, err = f(ctx, tx)
			return struct{}{}, err
		})
	return rows, err
}

var drafts = []operations.Draft{{"phone", "Hello", "query Hello { hello }"}, {"phone", "Who", "query Who { who }"}}

func register(t *testing.T, pool *postgres.Pool, scope auth.Scope) ([]operations.Operation, error) {
	t.Helper()
	return runCommand(t, pool, func(ctx context.Context, tx *store.Tx) ([]operations.Operation, error) {
		return operations.NewService(tx).Register(ctx, tx, scope, drafts)
	})
}

func TestFingerprintChangesWithTheOperations(t *testing.T) {
	t.Parallel()
	pool := openPool(t)
	service, system := operations.NewService(pool), auth.SystemScope()
	fingerprint := func() string {
		is, err := service.Fingerprint(t.Context(), system)
		if err != nil {
			t.Fatal(err)
		}
		return is
	}

	none := fingerprint()
	added, err := register(t, pool, system)
	two := fingerprint()
	addedAgain, errAgain := register(t, pool, system)
	same := fingerprint()
	gone, errGone := runCommand(t, pool, func(ctx context.Context, tx *store.Tx) ([]operations.Operation, error) {
		return operations.NewService(tx).Unregister(ctx, tx, system, "phone", "Who", "")
	})
	one := fingerprint()

	if err != nil || errAgain != nil || errGone != nil || len(added) != 2 || len(addedAgain) != 0 || len(gone) != 1 {
		t.Errorf("%d added, %d again, %d gone; %v, %v, %v", len(added), len(addedAgain), len(gone), err, errAgain, errGone)
	}
	if none == two || two != same || two == one || one == none {
		t.Errorf("%s, %s, %s, %s", none, two, same, one)
	}
}

func TestOnlyAChainScopeManagesOperations(t *testing.T) {
	t.Parallel()
	pool := openPool(t)
	if _, err := register(t, pool, auth.SystemScope()); err != nil {
		t.Fatal(err)
	}
	service := operations.NewService(pool)
	manager := auth.ScopeForViewer(auth.Viewer{
		EmployeeID: uuid.New(), Role: auth.RoleStoreManager, StoreID: uuid.NullUUID{UUID: uuid.New(), Valid: true},
	}, nil)

	seen, err := service.List(t.Context(), manager)
	_, errRegister := register(t, pool, manager)
	_, errUnregister := runCommand(t, pool, func(ctx context.Context, tx *store.Tx) ([]operations.Operation, error) {
		return operations.NewService(tx).Unregister(ctx, tx, manager, "phone", "Who", "")
	})
	all, errAll := service.List(t.Context(), auth.SystemScope())

	if err != nil || len(seen) != 0 || errRegister == nil || errUnregister == nil {
		t.Errorf("a manager sees %v, %v; registers: %v; forgets: %v", seen, err, errRegister, errUnregister)
	}
	if errAll != nil || len(all) != 2 {
		t.Errorf("%v, %v", all, errAll)
	}
}
