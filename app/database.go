package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/google/uuid"

	"aisle/store"
	"aisle/store/postgres"
)

// database selects the database of a command: the one in the setting, or that of a running `aisle dev`.
type database struct {
	DatabaseURL string `env:"AISLE_DATABASE_URL" placeholder:"URL" help:"URL of PostgreSQL: postgres://user:password@host:5432/database. Default: the database of a running aisle dev."`
	Data        string `default:".aisle" type:"path" placeholder:"DIR" help:"Data directory of that aisle dev."`
}

// url returns the URL of the database.
func (d database) url() (string, error) {
	if d.DatabaseURL != "" {
		return d.DatabaseURL, nil
	}
	url, err := os.ReadFile(urlFile(d.Data))
	if errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("--database-url (AISLE_DATABASE_URL) is missing: set it to postgres://user:password@host:5432/database, "+
			"or start `aisle dev` to use its database. No aisle dev runs with the data directory %s; --data names another one", d.Data)
	}
	if err != nil {
		return "", fmt.Errorf("find the database of aisle dev: %w", err)
	}
	return string(url), nil
}

// urlFile is the file that contains the URL of the private database while `aisle dev` runs. Only this user can read it.
func urlFile(data string) string { return filepath.Join(data, "database-url") }

// secretFile is the file that contains the secret of `aisle dev`.
func secretFile(data string) string { return filepath.Join(data, "secret") }

// withPool opens the database, which must be migrated, and calls f with it.
func (d database) withPool(ctx context.Context, f func(*postgres.Pool) error) error {
	url, err := d.url()
	if err != nil {
		return err
	}
	pool, err := postgres.Open(ctx, url, postgres.Options{})
	if err != nil {
		return err
	}
	defer pool.Close()
	if err := postgres.CheckMigrated(ctx, pool); err != nil {
		return err
	}
	return f(pool)
}

// runCommand runs a command of the store as the system. The command must not emit events.
func (d database) runCommand(ctx context.Context, name string, lock store.Lock, f func(ctx context.Context, tx *store.Tx) error) error {
	return d.withPool(ctx, func(pool *postgres.Pool) error {
		commands := store.NewCommandRunner(pool, time.Now, func(context.Context, uuid.UUID, store.Position) {})
		_, err := store.Run(ctx, commands, store.Command{Name: name, Locks: []store.Lock{lock}},
			func(ctx context.Context, tx *store.Tx) (struct{}, error) { return struct{}{}, f(ctx, tx) })
		return err
	})
}
