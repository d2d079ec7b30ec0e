// Package pgtest gives each test a PostgreSQL database of its own, migrated, cloned from a template.
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

// Variable names the environment variable that holds the URL of the run's cluster: with-postgres sets it.
const Variable = "AISLE_TEST_DATABASE_URL"

// Main runs a package's tests and then the cleanups: its TestMain. It uses the run's cluster, or starts one for this package alone.
// When a test panics that cluster ends with the process.
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

// WithCluster runs f beside a cluster in a folder of its own, which is gone afterwards. It returns what f returned.
func WithCluster(ctx context.Context, f func(clusterURL string) int) (status int, err error) {
	removeOld(ctx)
	dir, err := os.MkdirTemp("", prefix)
	if err != nil {
		return 0, fmt.Errorf("make a folder for PostgreSQL: %w", err)
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

// removeOld removes what runs that were killed have left. A running one's is locked.
func removeOld(ctx context.Context) {
	dirs, err := filepath.Glob(filepath.Join(os.TempDir(), prefix+"*"))
	if err != nil {
		return
	}
	const old = time.Hour // a younger one may be about to be locked
	for _, dir := range dirs {
		if info, err := os.Lstat(dir); err == nil && info.IsDir() && time.Since(info.ModTime()) > old {
			_ = localpg.Remove(ctx, dir) // the next run tries again
		}
	}
}

// New makes a migrated database for one test and returns its URL. It is dropped when the test has passed, and stays as
// long as its cluster when it has failed. The test closes its connections before it ends.
func New(tb testing.TB) string {
	tb.Helper()
	return clone(tb, migrator{})
}

// NewFilled is New with the rows that fill writes. The first call with a name fills a template, which the databases of all calls
// with that name are cloned from: fill does the same for the same name.
func NewFilled(tb testing.TB, name string, fill func(ctx context.Context, databaseURL string) error) string {
	tb.Helper()
	return clone(tb, filler{name: name, fill: fill})
}

// clone makes a database from the template of a migrator.
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

// migrator makes the template of New.
type migrator struct{}

// Hash names the template: another one is made when the migrations change.
func (migrator) Hash() (string, error) {
	return common.HashDirs(migrations.FS, "*.sql", ".") //nolint:wrapcheck // pgtestdb reports it
}

// Migrate applies the migrations to the template.
func (migrator) Migrate(ctx context.Context, _ *sql.DB, template pgtestdb.Config) error {
	_, err := postgres.MigrateUp(ctx, template.URL())
	return err
}

// filler makes a template of NewFilled.
type filler struct {
	migrator

	name string
	fill func(ctx context.Context, databaseURL string) error
}

// Hash names the template by the migrations and by what fills it.
func (f filler) Hash() (string, error) {
	hash, err := f.migrator.Hash()
	const enough = 16 // a database's name has 63 characters at most
	return f.name + "_" + hash[:min(len(hash), enough)], err
}

// Migrate applies the migrations to the template and fills it.
func (f filler) Migrate(ctx context.Context, db *sql.DB, template pgtestdb.Config) error {
	if err := f.migrator.Migrate(ctx, db, template); err != nil {
		return err
	}
	return f.fill(ctx, template.URL())
}
