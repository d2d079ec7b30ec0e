package store_test

import (
	"context"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"aisle/app/localpg/pgtest"
	"aisle/store"
	"aisle/store/postgres"
)

// newPooledDesk is newDesk behind a PgBouncer with fewer connections than its clients.
func newPooledDesk(t *testing.T) *desk {
	t.Helper()
	pool, err := postgres.Open(t.Context(), pgtest.Pooled(t, pgtest.New(t)), postgres.Options{MaxConns: 8, StatementTimeout: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	d := &desk{pool: pool, now: time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)}
	d.commands = store.NewCommandRunner(pool, func() time.Time { return d.now }, func(context.Context, uuid.UUID, store.Position) { d.rings.Add(1) })
	return d
}

func TestCommandsRunOnceBehindATransactionPooler(t *testing.T) {
	t.Parallel()
	d := newPooledDesk(t)
	var group errgroup.Group
	for i := range 48 {
		group.Go(func() error {
			key := []string{"a", "b", "c", "d"}[i%4]
			_, err := store.Run(context.Background(), d.commands, keyed(key, key), note(key))
			return err
		})
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	if events, rings := d.events(t), d.rings.Load(); events != 4 || rings != 4 {
		t.Errorf("%d events and %d rings of 4 keys", events, rings)
	}
}

func TestListsAreReadBehindATransactionPooler(t *testing.T) {
	t.Parallel()
	d := newPooledDesk(t)
	var group errgroup.Group
	for range 16 {
		group.Go(func() error {
			var n int
			return store.WithCustomPlan(d.pool).QueryRow(context.Background(), "SELECT count(*) FROM stores.store WHERE id = ANY ($1::uuid [])", []uuid.UUID{uuid.Max}).Scan(&n)
		})
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
}

// The pooler must not give the connection of the lock to another client.
func TestLocksAreExclusiveBehindATransactionPooler(t *testing.T) {
	t.Parallel()
	d := newPooledDesk(t)
	var inside atomic.Int32
	var group errgroup.Group
	for range 6 {
		group.Go(func() error {
			return d.pool.WithLock(context.Background(), "test", func(context.Context) error {
				if n := inside.Add(1); n != 1 {
					t.Errorf("%d at once", n)
				}
				runtime.Gosched()
				inside.Add(-1)
				return nil
			})
		})
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
}
