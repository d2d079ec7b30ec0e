package demo

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"go.uber.org/goleak"

	"aisle/app/localpg/pgtest"
	"aisle/store/postgres"
	"aisle/store/stores"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// loadOptions select a small chain of more than one batch.
func loadOptions() Options {
	return Options{Stores: storesPerBatch + 1, Products: minProducts, Seed: 3, Now: noon, PasswordHash: "$argon2id$demo", SecretHash: make([]byte, 32)}
}

func open(t *testing.T) *postgres.Pool {
	t.Helper()
	pool, err := postgres.Open(t.Context(), pgtest.New(t), postgres.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool
}

// countRows counts the rows in the database.
func countRows(t *testing.T, pool *postgres.Pool) Chain {
	t.Helper()
	var c Chain
	for table, count := range map[string]*int{
		"stores.region": &c.Regions, "stores.store": &c.Stores, "staff.employee": &c.Employees,
		"catalog.category": &c.Categories, "catalog.product": &c.Products, "catalog.barcode": &c.Barcodes,
		"catalog.price": &c.Prices, "inventory.stock": &c.Stocks, "inventory.lot": &c.Lots,
		"tasks.template": &c.Templates, "tasks.template_step": &c.TemplateSteps, "tasks.task": &c.Tasks,
		"tasks.step": &c.Steps, "tasks.comment": &c.Comments, "feedback.feedback": &c.Feedback,
	} {
		if err := pool.QueryRow(t.Context(), "SELECT count(*) FROM "+table).Scan(count); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

// countsOnly returns the counts of a chain.
func countsOnly(c Chain) Chain {
	c.Accounts, c.Discarded = nil, false
	return c
}

func TestLoadCopiesAllRows(t *testing.T) {
	pool := open(t)

	chain, err := Load(t.Context(), pool, loadOptions())
	if err != nil {
		t.Fatal(err)
	}

	if diff := cmp.Diff(countsOnly(chain), countRows(t, pool)); diff != "" {
		t.Error(diff)
	}
	if chain.Stores != loadOptions().Stores || chain.Employees != 1+chain.Regions+15*chain.Stores {
		t.Errorf("%+v", chain)
	}
}

func TestEveryEmployeeOfALoadedChainHasAPassword(t *testing.T) {
	pool := open(t)
	chain, err := Load(t.Context(), pool, loadOptions())
	if err != nil {
		t.Fatal(err)
	}

	var passwords int
	err = pool.QueryRow(t.Context(), `SELECT count(*) FROM staff.employee
		JOIN access.credential ON employee_id = employee.id AND password_hash = '$argon2id$demo'`).Scan(&passwords)

	if err != nil || passwords != chain.Employees {
		t.Errorf("%d of %d have one: %v", passwords, chain.Employees, err)
	}
}

func TestLoadReturnsAccounts(t *testing.T) {
	chain, err := Load(t.Context(), open(t), loadOptions())
	if err != nil {
		t.Fatal(err)
	}

	logins := make([]string, 0, len(chain.Accounts))
	for _, a := range chain.Accounts {
		logins = append(logins, a.Login)
		if a.DisplayName == "" {
			t.Errorf("%s has no name", a.Login)
		}
	}
	if diff := cmp.Diff([]string{"admin", "region.1", "manager.1", "supervisor.1", "associate.1"}, logins); diff != "" {
		t.Error(diff)
	}
}

func TestLoadReportsProgress(t *testing.T) {
	o := loadOptions()
	last := -1
	o.Progress = func(done, total int) {
		if done < last || total != o.Stores {
			t.Errorf("%d of %d after %d", done, total, last)
		}
		last = done
	}

	if _, err := Load(t.Context(), open(t), o); err != nil {
		t.Fatal(err)
	}

	if last != o.Stores {
		t.Errorf("the last was %d", last)
	}
}

func TestLoadDoesNotChangeADatabaseWithAChain(t *testing.T) {
	pool := open(t)
	if empty, err := Empty(t.Context(), pool); err != nil || !empty {
		t.Fatalf("a new database: %v, %v", empty, err)
	}
	chain, err := Load(t.Context(), pool, loadOptions())
	if err != nil {
		t.Fatal(err)
	}

	empty, err := Empty(t.Context(), pool)
	if err != nil || empty {
		t.Errorf("a full database: %v, %v", empty, err)
	}
	if _, err := Load(t.Context(), pool, loadOptions()); !errors.Is(err, ErrNotEmpty) {
		t.Error(err)
	}
	if diff := cmp.Diff(countsOnly(chain), countRows(t, pool)); diff != "" {
		t.Error(diff)
	}
}

func TestLoadDoesNotChangeImportedStores(t *testing.T) {
	pool := open(t)
	region := uuid.New()
	q := stores.New(pool)
	if _, err := q.CopyRegions(t.Context(), []stores.CopyRegionsParams{{ID: region, Code: "EAST", Name: "East"}}); err != nil {
		t.Fatal(err)
	}
	if _, err := q.CopyStores(t.Context(), []stores.CopyStoresParams{{
		ID: uuid.New(), RegionID: region, Code: "42", Name: "Ours", Format: stores.FormatSupermarket,
		Status: stores.StatusOpen, Timezone: "America/New_York", OpeningHours: []stores.OpeningPeriod{},
	}}); err != nil {
		t.Fatal(err)
	}

	_, err := Load(t.Context(), pool, loadOptions())

	if !errors.Is(err, ErrNotEmpty) {
		t.Error(err)
	}
	if got := countRows(t, pool); got.Stores != 1 {
		t.Errorf("%d stores", got.Stores)
	}
}

func TestLoadAfterAnInterruptedOneIsComplete(t *testing.T) {
	pool := open(t)
	before := goleak.IgnoreCurrent()
	ctx, cancel := context.WithCancel(t.Context())
	o := loadOptions()
	o.Stores = 4 * storesPerBatch // more than are in flight when the first batch is committed
	o.Progress = func(done, _ int) {
		if done > 0 {
			cancel()
		}
	}
	if _, err := Load(ctx, pool, o); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	goleak.VerifyNone(t, before)
	if left := countRows(t, pool); left.Stores == 0 || left.Stores == o.Stores {
		t.Fatalf("%d stores are left", left.Stores)
	}
	if empty, err := Empty(t.Context(), pool); err != nil || !empty {
		t.Fatalf("half a chain: %v, %v", empty, err)
	}

	chain, err := Load(t.Context(), pool, loadOptions())
	if err != nil {
		t.Fatal(err)
	}

	if diff := cmp.Diff(countsOnly(chain), countRows(t, pool)); diff != "" || !chain.Discarded {
		t.Error(chain.Discarded, diff)
	}
	if empty, err := Empty(t.Context(), pool); err != nil || empty {
		t.Errorf("the whole chain: %v, %v", empty, err)
	}
}

func TestConcurrentLoadsCreateOneChain(t *testing.T) {
	pool := open(t)
	results := make(chan error)
	for range 2 {
		go func() {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			_, err := Load(ctx, pool, loadOptions())
			results <- err
		}()
	}

	first, second := <-results, <-results

	if first != nil || !errors.Is(second, ErrNotEmpty) {
		t.Error(first, second)
	}
	if got := countRows(t, pool); got.Stores != loadOptions().Stores {
		t.Errorf("%d stores", got.Stores)
	}
}
