package app

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"time"

	"aisle/app/node"
	"aisle/app/settings"
	"aisle/auth"
	"aisle/store/access"
	"aisle/store/postgres"
)

// keysCommand manages the keys that sign access tokens. Nodes rotate them automatically.
type keysCommand struct {
	List   keysList   `cmd:"" help:"List the signing keys and their states."`
	Rotate keysRotate `cmd:"" help:"Create the next signing key now, before the nodes do."`
}

type keysList struct{ database }

// Run lists the keys. It needs no secret: the private keys stay encrypted.
func (c keysList) Run(ctx context.Context, t Terminal) error {
	return c.withPool(ctx, func(pool *postgres.Pool) error { return listKeys(ctx, pool, t) })
}

type keysRotate struct {
	database

	Secret    string        `env:"AISLE_SECRET" placeholder:"SECRET" help:"Secret of the nodes. Default: the secret of the aisle dev whose database is used."`
	AccessTTL time.Duration `env:"AISLE_ACCESS_TTL" default:"15m" type:"duration" help:"Lifetime of access tokens, as set for the nodes: the old key verifies tokens for this long."`
	Replace   bool          `help:"Sign with the new key at once and delete the old keys: for a stolen key or a lost secret. All access tokens become invalid; apps refresh their sessions."`
}

// Run creates the next key.
func (c keysRotate) Run(ctx context.Context, t Terminal) error {
	secret, err := c.secret()
	if err != nil {
		return err
	}
	return c.withPool(ctx, func(pool *postgres.Pool) error {
		keyring, err := node.NewKeyring(pool, secret, c.AccessTTL, slog.New(slog.DiscardHandler))
		if err != nil {
			return err
		}
		rotate := keyring.Rotate
		if c.Replace {
			rotate = keyring.Replace
		}
		if err := rotate(ctx); err != nil {
			return node.ExplainSecret(err)
		}
		return listKeys(ctx, pool, t)
	})
}

// secret returns the secret of the nodes.
func (c keysRotate) secret() ([]byte, error) {
	secret := []byte(c.Secret)
	if c.Secret == "" && c.DatabaseURL == "" {
		content, err := os.ReadFile(secretFile(c.Data))
		if err != nil {
			return nil, errors.New("no aisle dev runs here: set --database-url (AISLE_DATABASE_URL) and --secret (AISLE_SECRET)")
		}
		secret = content
	}
	if len(secret) < settings.MinSecretLen { // the value stays out of the error
		return nil, errors.New("--secret (AISLE_SECRET) is missing or shorter than 32 characters: set it to the secret of the nodes")
	}
	return secret, nil
}

// listKeys prints a line for each key, in the order in which they sign.
func listKeys(ctx context.Context, pool *postgres.Pool, t Terminal) error {
	keys, err := access.NewKeyStore(pool).Keys(ctx)
	if err != nil {
		return err
	}
	if len(keys) == 0 {
		t.printf("There are no keys yet: the first node creates one.")
		return nil
	}
	auth.SortKeys(keys)
	t.printf("%-43s  %-8s  %-20s  %-20s  %s", "KEY", "STATE", "PUBLISHED", "SIGNS FROM", "VERIFIES UNTIL")
	for i, state := range auth.KeyStates(keys, time.Now()) {
		k := keys[i]
		until := "until it is replaced"
		if !k.VerifiesUntil.IsZero() {
			until = instant(k.VerifiesUntil)
		}
		t.printf("%-43s  %-8s  %-20s  %-20s  %s", k.ID, state, instant(k.PublishedAt), instant(k.SignsFrom), until)
	}
	return nil
}

// instant formats a time in UTC.
func instant(t time.Time) string { return t.UTC().Format(time.RFC3339) }
