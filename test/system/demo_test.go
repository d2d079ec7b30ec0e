package system_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"aisle/app/demo"
	"aisle/app/localpg/pgtest"
	"aisle/app/node"
	"aisle/auth"
	"aisle/store/postgres"
)

const demoPassword = "aisle-demo"

// demoDatabase makes a database with a demo chain of the given number of stores and returns its URL.
func demoDatabase(t *testing.T, stores int) string {
	t.Helper()
	return pgtest.NewFilled(t, fmt.Sprintf("demo_%d", stores), func(ctx context.Context, databaseURL string) error {
		return fillDemo(ctx, databaseURL, stores)
	})
}

// fillDemo fills a migrated database with a demo chain of the given number of stores.
func fillDemo(ctx context.Context, databaseURL string, stores int) error {
	pool, err := postgres.Open(ctx, databaseURL, postgres.Options{MaxConns: 4})
	if err != nil {
		return err
	}
	defer pool.Close()
	passwords, err := auth.NewPasswords(1)
	if err != nil {
		return err
	}
	hash, err := passwords.Hash(ctx, demoPassword)
	if err != nil {
		return err
	}
	_, err = demo.Load(ctx, pool, demo.Options{
		Stores: stores, Products: 500, Seed: 1, Now: time.Now(), PasswordHash: hash, SecretHash: auth.HashPartnerSecret(demoPassword),
	})
	if err != nil {
		return err
	}
	return node.RebuildKPIs(ctx, pool)
}

// openDemo opens a database with a demo chain. It saves the stock in a table for checkDatabase.
func openDemo(t *testing.T, databaseURL string) *postgres.Pool {
	t.Helper()
	pool := openPool(t, databaseURL)
	if _, err := pool.Exec(t.Context(), "CREATE TABLE stock_at_first AS SELECT id, on_hand, version FROM inventory.stock"); err != nil {
		t.Fatal(err)
	}
	return pool
}

func openPool(t *testing.T, databaseURL string) *postgres.Pool {
	t.Helper()
	pool, err := postgres.Open(t.Context(), databaseURL, postgres.Options{MaxConns: 4})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool
}

// newDemo fills a migrated database with a demo chain of two stores, and opens it.
func newDemo(t *testing.T, databaseURL string) *postgres.Pool {
	t.Helper()
	if err := fillDemo(t.Context(), databaseURL, 2); err != nil {
		t.Fatal(err)
	}
	return openDemo(t, databaseURL)
}
