package postgres

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"aisle/store"
	"aisle/store/migrations"
)

// A Migration is one step of the database schema.
type Migration struct {
	Version int64
	Name    string
	Applied bool
}

// ErrNotMigrated means that the database lacks migrations of this binary.
var ErrNotMigrated = errors.New("the database is not migrated: run `aisle migrate up`")

// MigrateUp applies the missing migrations and returns them. Concurrent calls wait for each other.
func MigrateUp(ctx context.Context, url string) ([]Migration, error) {
	return withGoose(url, func(p *goose.Provider) ([]Migration, error) {
		results, err := p.Up(ctx)
		return migrationsOf(results), err
	})
}

// MigrateDown reverts the newest migration and returns it. It returns nothing if no migration is applied.
func MigrateDown(ctx context.Context, url string) ([]Migration, error) {
	return withGoose(url, func(p *goose.Provider) ([]Migration, error) {
		result, err := p.Down(ctx)
		if errors.Is(err, goose.ErrNoNextVersion) {
			return nil, nil
		}
		if err != nil {
			return nil, err //nolint:wrapcheck // withGoose wraps it
		}
		return migrationsOf([]*goose.MigrationResult{result}), nil
	})
}

// MigrationStatus lists the migrations of this binary, the oldest first.
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

// CheckMigrated returns ErrNotMigrated if a migration of this binary is missing. It runs one statement.
func CheckMigrated(ctx context.Context, db store.DB) error {
	applied, latest, err := SchemaVersion(ctx, db)
	if err != nil {
		return err
	}
	if applied < latest {
		return ErrNotMigrated
	}
	return nil
}

// SchemaVersion returns the newest migration that is applied, 0 for none, and the newest of this binary.
func SchemaVersion(ctx context.Context, db queryRower) (applied, latest int64, err error) {
	const undefinedTable = "42P01"
	if latest, err = latestVersion(); err != nil {
		return 0, 0, err
	}
	err = db.QueryRow(ctx, "SELECT coalesce(max(version_id), 0) FROM goose_db_version WHERE is_applied").Scan(&applied)
	if missing := (*pgconn.PgError)(nil); errors.As(err, &missing) && missing.Code == undefinedTable {
		return 0, latest, nil
	}
	if err != nil {
		return 0, 0, fmt.Errorf("read the schema version: %w", err)
	}
	return applied, latest, nil
}

func latestVersion() (int64, error) {
	files, err := fs.Glob(migrations.FS, "*.sql")
	if err != nil || len(files) == 0 {
		return 0, fmt.Errorf("no migrations are embedded: %w", err)
	}
	version, err := goose.NumericComponent(files[len(files)-1])
	if err != nil {
		return 0, fmt.Errorf("version of %s: %w", files[len(files)-1], err)
	}
	return version, nil
}

func migrationsOf(results []*goose.MigrationResult) []Migration {
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
	provider, err := goose.NewProvider(goose.DialectPostgres, db, migrations.FS, goose.WithSessionLocker(locker))
	if err != nil {
		return nil, fmt.Errorf("read the migrations: %w", err)
	}
	list, err := f(provider)
	if err != nil {
		return nil, fmt.Errorf("migrate: %w", err)
	}
	return list, nil
}
