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

// database is where a command that is not a node works: in the database that it is given, or in that of `aisle dev`.
type database struct {
	DatabaseURL string `env:"AISLE_DATABASE_URL" placeholder:"URL" help:"PostgreSQL, as postgres://user:password@host:5432/database. Without it: the database of the aisle dev that is running."`
	Data        string `default:".aisle" type:"path" placeholder:"DIR" help:"Folder of that aisle dev."`
}

// url is the database's URL.
func (d database) url() (string, error) {
	if d.DatabaseURL != "" {
		return d.DatabaseURL, nil
	}
	url, err := os.ReadFile(urlFile(d.Data))
	if errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("--database-url (AISLE_DATABASE_URL) is missing: give postgres://user:password@host:5432/database, "+
			"or start `aisle dev`, whose database is then used; --data says in which folder, when it runs with another than %s", d.Data)
	}
	if err != nil {
		return "", fmt.Errorf("find the database of aisle dev: %w", err)
	}
	return string(url), nil
}

// urlFile is where a running `aisle dev` leaves the URL of its private database, for this user alone.
func urlFile(data string) string { return filepath.Join(data, "database-url") }

// change runs a command, as the system. It tells no event.
func (d database) change(ctx context.Context, name string, lock store.Lock, f func(ctx context.Context, tx *store.Tx) error) error {
	return d.withPool(ctx, func(pool *postgres.Pool) error {
		commands := store.NewCommandRunner(pool, time.Now, func(context.Context, uuid.UUID, store.Position) {})
		_, err := store.Run(ctx, commands, store.Command{Name: name, Locks: []store.Lock{lock}},
			func(ctx context.Context, tx *store.Tx) (struct{}, error) { return struct{}{}, f(ctx, tx) })
		return err
	})
}
