package store

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed migrations/*.sql
var embedded embed.FS

// Migrations are the SQL files that make the database, in goose's format.
func Migrations() fs.FS {
	files, err := fs.Sub(embedded, "migrations")
	if err != nil { // the folder is embedded above
		panic(err)
	}
	return files
}

// Migration is one step of the database's history.
type Migration struct {
	Version int64
	Name    string
	Applied bool
}

// ErrNotMigrated is a database that lacks migrations which this binary knows.
var ErrNotMigrated = errors.New("the database is not migrated: run `aisle migrate up`")

// MigrateUp applies what is missing and returns it. Two that run at once wait for each other.
func MigrateUp(ctx context.Context, url string) ([]Migration, error) {
	return withGoose(url, func(p *goose.Provider) ([]Migration, error) {
		results, err := p.Up(ctx)
		return applied(results), err
	})
}

// MigrateDown takes the newest migration back and returns it, or nothing when there is none.
func MigrateDown(ctx context.Context, url string) ([]Migration, error) {
	return withGoose(url, func(p *goose.Provider) ([]Migration, error) {
		result, err := p.Down(ctx)
		if errors.Is(err, goose.ErrNoNextVersion) {
			return nil, nil
		}
		if err != nil {
			return nil, err //nolint:wrapcheck // withGoose wraps it
		}
		return applied([]*goose.MigrationResult{result}), nil
	})
}

// MigrationStatus lists all migrations that this binary knows, the oldest first.
func MigrationStatus(ctx context.Context, url string) ([]Migration, error) {
	return withGoose(url, func(p *goose.Provider) ([]Migration, error) {
		statuses, err := p.Status(ctx)
		list := make([]Migration, len(statuses))
		for i, s := range statuses {
			list[i] = Migration{s.Source.Version, s.Source.Path, s.State == goose.StateApplied}
		}
		return list, err //nolint:wrapcheck // withGoose wraps it
	})
}

const undefinedTable = "42P01" // PostgreSQL's code

// CheckMigrated returns ErrNotMigrated when a migration is missing. It changes nothing and costs one statement.
func CheckMigrated(ctx context.Context, db DB) error {
	has, knows, err := SchemaVersion(ctx, db)
	if err != nil {
		return err
	}
	if has < knows {
		return ErrNotMigrated
	}
	return nil
}

// SchemaVersion is the newest migration that the database has, 0 for none, and the newest that this binary knows.
func SchemaVersion(ctx context.Context, db DB) (has, knows int64, err error) {
	if knows, err = newestVersion(); err != nil {
		return 0, 0, err
	}
	err = db.QueryRow(ctx, "SELECT coalesce(max(version_id), 0) FROM goose_db_version WHERE is_applied").Scan(&has)
	if missing := (*pgconn.PgError)(nil); errors.As(err, &missing) && missing.Code == undefinedTable {
		return 0, knows, nil
	}
	return has, knows, Wrap("read the migrations", err)
}

func newestVersion() (int64, error) {
	files, err := fs.Glob(Migrations(), "*.sql")
	if err != nil || len(files) == 0 {
		return 0, fmt.Errorf("no migrations are embedded: %w", err)
	}
	version, err := goose.NumericComponent(files[len(files)-1])
	if err != nil {
		return 0, fmt.Errorf("version of %s: %w", files[len(files)-1], err)
	}
	return version, nil
}

func applied(results []*goose.MigrationResult) []Migration {
	list := make([]Migration, len(results))
	for i, r := range results {
		list[i] = Migration{r.Source.Version, r.Source.Path, r.Direction == "up"}
	}
	return list
}

func withGoose(url string, f func(*goose.Provider) ([]Migration, error)) ([]Migration, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, errDatabaseURL
	}
	db := stdlib.OpenDB(*config)
	defer db.Close() //nolint:errcheck // nothing is written at closing
	locker, err := lock.NewPostgresSessionLocker()
	if err != nil {
		return nil, fmt.Errorf("make the migration lock: %w", err)
	}
	provider, err := goose.NewProvider(goose.DialectPostgres, db, Migrations(), goose.WithSessionLocker(locker))
	if err != nil {
		return nil, fmt.Errorf("read the migrations: %w", err)
	}
	list, err := f(provider)
	if err != nil {
		return nil, fmt.Errorf("migrate: %w", err)
	}
	return list, nil
}
