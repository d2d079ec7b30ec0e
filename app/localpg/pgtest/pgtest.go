// Package pgtest gives each test a migrated PostgreSQL database, cloned from a template.
package pgtest

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver that pgtestdb makes databases with
	"github.com/peterldowns/pgtestdb"
	"github.com/peterldowns/pgtestdb/migrators/common"

	"aisle/app/localpg"
	"aisle/store/migrations"
	"aisle/store/postgres"
)

// Variable names the environment variable with the URL of the cluster for all packages. with-postgres sets it.
const Variable = "AISLE_TEST_DATABASE_URL"

// Main is the TestMain of a package: it runs the tests and then the cleanups. It uses the cluster of Variable, or starts one for the
// package. If a test panics, that cluster ends with the process.
func Main(m *testing.M, cleanups ...func()) {
	run := func() int {
		status := m.Run()
		for _, cleanup := range cleanups {
			cleanup()
		}
		return status
	}
	if os.Getenv(Variable) != "" {
		os.Exit(run())
	}
	status, err := WithCluster(context.Background(), func(clusterURL string) int {
		if err := os.Setenv(Variable, clusterURL); err != nil {
			panic(err)
		}
		return run()
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, "pgtest:", err)
		os.Exit(1)
	}
	os.Exit(status)
}

const prefix = "aisle-test-"

// WithCluster starts a cluster in a temporary folder, calls f, and removes both. It returns the result of f.
func WithCluster(ctx context.Context, f func(clusterURL string) int) (status int, err error) {
	removeOld(ctx)
	dir, err := os.MkdirTemp("", prefix)
	if err != nil {
		return 0, fmt.Errorf("create a folder for PostgreSQL: %w", err)
	}
	const timeout = 20 * time.Second
	after, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	defer func() {
		if removed := localpg.Remove(after, dir); err == nil {
			err = removed
		}
	}()
	if err := os.Chmod(dir, 0o711); err != nil { //nolint:gosec // PostgreSQL's user goes through it
		return 0, fmt.Errorf("open the folder to PostgreSQL: %w", err)
	}
	cluster, err := localpg.Start(ctx, localpg.Config{
		Dir:      dir,
		Settings: map[string]string{"max_connections": "400"}, // packages and tests run side by side
	})
	if err != nil {
		return 0, err
	}
	defer func() {
		timer := time.AfterFunc(timeout, cancel)
		defer timer.Stop()
		if stopped := cluster.Stop(after); err == nil {
			err = stopped
		}
	}()
	return f(cluster.URL("postgres")), nil
}

// removeOld removes the folders of killed runs. The folder of a running one is locked.
func removeOld(ctx context.Context) {
	dirs, err := filepath.Glob(filepath.Join(os.TempDir(), prefix+"*"))
	if err != nil {
		return
	}
	const old = time.Hour // a newer one may not be locked yet
	for _, dir := range dirs {
		if info, err := os.Lstat(dir); err == nil && info.IsDir() && time.Since(info.ModTime()) > old {
			_ = localpg.Remove(ctx, dir) // the next run tries again
		}
	}
}

// New creates a migrated database for one test and returns its URL. The database is dropped if the test passes, and stays as long as
// the cluster if it fails. The test must close its connections before it ends.
func New(tb testing.TB) string {
	tb.Helper()
	return clone(tb, migrator{})
}

// NewFilled is like New, with the rows that fill writes. The first call with a name fills a template, from which all databases with
// that name are cloned. fill must write the same rows for the same name.
func NewFilled(tb testing.TB, name string, fill func(ctx context.Context, databaseURL string) error) string {
	tb.Helper()
	return clone(tb, filler{name: name, fill: fill})
}

// clone creates a database from the template of a migrator.
func clone(tb testing.TB, m pgtestdb.Migrator) string {
	tb.Helper()
	cluster, err := url.Parse(os.Getenv(Variable))
	if err != nil || cluster.Host == "" {
		tb.Fatalf("%s is not set: call pgtest.Main from TestMain", Variable)
	}
	password, _ := cluster.User.Password()
	config := pgtestdb.Custom(tb, pgtestdb.Config{
		DriverName: "pgx", User: cluster.User.Username(), Password: password,
		Host: cluster.Hostname(), Port: cluster.Port(), Database: "postgres", Options: cluster.RawQuery,
	}, m)
	return config.URL()
}

// A migrator creates the template of New.
type migrator struct{}

// Hash names the template. It changes with the migrations.
func (migrator) Hash() (string, error) {
	return common.HashDirs(migrations.FS, "*.sql", ".") //nolint:wrapcheck // pgtestdb reports it
}

// Migrate applies the migrations to the template.
func (migrator) Migrate(ctx context.Context, _ *sql.DB, template pgtestdb.Config) error {
	_, err := postgres.MigrateUp(ctx, template.URL())
	return err
}

// A filler creates a template of NewFilled.
type filler struct {
	migrator

	name string
	fill func(ctx context.Context, databaseURL string) error
}

// Hash names the template by its name and the migrations.
func (f filler) Hash() (string, error) {
	hash, err := f.migrator.Hash()
	const enough = 16 // database names have at most 63 characters
	return f.name + "_" + hash[:min(len(hash), enough)], err
}

// Migrate applies the migrations to the template and fills it.
func (f filler) Migrate(ctx context.Context, db *sql.DB, template pgtestdb.Config) error {
	if err := f.migrator.Migrate(ctx, db, template); err != nil {
		return err
	}
	return f.fill(ctx, template.URL())
}
