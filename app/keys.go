package app

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"aisle/app/node"
	"aisle/app/settings"
	"aisle/auth"
	"aisle/store/access"
	"aisle/store/postgres"
)

// keysCommand is about the keys that access tokens are signed with. Nodes rotate them by themselves.
type keysCommand struct {
	List   keysList   `cmd:"" help:"List the signing keys, and what each is for."`
	Rotate keysRotate `cmd:"" help:"Make the next signing key now, before nodes do it by themselves."`
}

type keysList struct{ database }

// Run lists the keys. No secret is needed: their private halves stay sealed.
func (c keysList) Run(ctx context.Context, t Terminal) error {
	return c.withPool(ctx, func(pool *postgres.Pool) error { return listKeys(ctx, pool, t) })
}

type keysRotate struct {
	database

	Secret    string        `env:"AISLE_SECRET" placeholder:"SECRET" help:"The secret of the nodes. Without it: that of the aisle dev whose database is used."`
	AccessTTL time.Duration `env:"AISLE_ACCESS_TTL" default:"15m" type:"duration" help:"How long the nodes' access tokens are good for: the old key verifies as long."`
	Replace   bool          `help:"Sign with the new key at once and forget the old ones: for a key that was stolen, or a secret that was lost. Access tokens that are out are refused; apps refresh their sessions."`
}

// Run makes the next key.
func (c keysRotate) Run(ctx context.Context, t Terminal) error {
	secret, err := c.secret()
	if err != nil {
		return err
	}
	return c.withPool(ctx, func(pool *postgres.Pool) error {
		ring, err := node.NewKeyring(pool, secret, c.AccessTTL, slog.New(slog.DiscardHandler))
		if err != nil {
			return err
		}
		rotate := ring.Rotate
		if c.Replace {
			rotate = ring.Replace
		}
		if err := rotate(ctx); err != nil {
			return node.ExplainSecret(err)
		}
		return listKeys(ctx, pool, t)
	})
}

// secret is the nodes' secret.
func (c keysRotate) secret() ([]byte, error) {
	secret := []byte(c.Secret)
	if c.Secret == "" && c.DatabaseURL == "" {
		kept, err := os.ReadFile(secretFile(c.Data))
		if err != nil {
			return nil, errors.New("there is no aisle dev here: give --database-url (AISLE_DATABASE_URL) and --secret (AISLE_SECRET)")
		}
		secret = kept
	}
	if len(secret) < settings.MinSecretLen { // the value stays out of the error
		return nil, errors.New("--secret (AISLE_SECRET) is missing or shorter than 32 characters: give that of the nodes")
	}
	return secret, nil
}

// secretFile is where `aisle dev` keeps its secret.
func secretFile(data string) string { return filepath.Join(data, "secret") }

// withPool calls f with the database, which must be migrated.
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

// listKeys prints a line for each key, the first to sign first.
func listKeys(ctx context.Context, pool *postgres.Pool, t Terminal) error {
	keys, err := access.NewKeyStore(pool).Keys(ctx)
	if err != nil {
		return err
	}
	if len(keys) == 0 {
		t.answerf("There are no keys yet: the first node makes the first.")
		return nil
	}
	auth.SortKeys(keys)
	t.answerf("%-43s  %-8s  %-20s  %-20s  %s", "KEY", "STATE", "PUBLISHED", "SIGNS FROM", "VERIFIES UNTIL")
	for i, state := range auth.KeyStates(keys, time.Now()) {
		k := keys[i]
		until := "until another comes"
		if !k.VerifiesUntil.IsZero() {
			until = instant(k.VerifiesUntil)
		}
		t.answerf("%-43s  %-8s  %-20s  %-20s  %s", k.ID, state, instant(k.PublishedAt), instant(k.SignsFrom), until)
	}
	return nil
}

func instant(t time.Time) string { return t.UTC().Format(time.RFC3339) }
