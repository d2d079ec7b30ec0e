package postgres_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"aisle/app/localpg/pgtest"
	"aisle/store"
	"aisle/store/postgres"
)

// A lock holder needs another connection for its work. The smallest pool has enough.
func TestLockHoldersDoNotDeadlockOnConnections(t *testing.T) {
	t.Parallel()
	pool, err := postgres.Open(t.Context(), pgtest.New(t), postgres.Options{MaxConns: store.MinConns})
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	const timeout = 20 * time.Second
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	defer cancel()
	group, ctx := errgroup.WithContext(ctx)
	for i := range 8 {
		name := fmt.Sprintf("work %d", i)
		group.Go(func() error { return pool.WithLock(ctx, name, pool.Ping) })
		group.Go(func() error { return pool.TryWithLock(ctx, name, pool.Ping) })
		group.Go(func() error {
			return pool.TryWithLockInTx(ctx, name, func(db store.DB) error {
				_, err := db.Exec(ctx, "SELECT 1")
				return err
			})
		})
	}
	if err := group.Wait(); err != nil {
		t.Error(err)
	}
}

// A nested lock would deadlock.
func TestNestedLockIsAnError(t *testing.T) {
	t.Parallel()
	pool := open(t, pgtest.New(t))
	ran := func(context.Context) error { return nil }

	err := pool.WithLock(t.Context(), "one", func(ctx context.Context) error { return pool.TryWithLock(ctx, "other", ran) })

	if err == nil || !strings.Contains(err.Error(), `the lock "other"`) {
		t.Errorf("got %v", err)
	}
}
