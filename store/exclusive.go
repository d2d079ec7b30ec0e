package store

import (
	"context"
	"fmt"
	"hash/fnv"
	"time"

	"github.com/jackc/pgx/v5"
)

// Exclusively runs f while nobody else runs anything under the same name in this database, and waits for its turn. It
// holds one connection of the pool besides those that f uses.
func (p *Pool) Exclusively(ctx context.Context, name string, f func(context.Context) error) error {
	return p.holding(ctx, name, "SELECT true FROM pg_advisory_xact_lock($1)", f)
}

// TryExclusively is Exclusively that does not wait: it does nothing when somebody else runs something under the name.
func (p *Pool) TryExclusively(ctx context.Context, name string, f func(context.Context) error) error {
	return p.holding(ctx, name, "SELECT pg_try_advisory_xact_lock($1)", f)
}

// holding runs f while a transaction holds the lock of a name, if it gets it.
func (p *Pool) holding(ctx context.Context, name, lock string, f func(context.Context) error) error {
	held, err := p.Begin(ctx) // the lock is a transaction's, which a pooler keeps on one connection
	if err != nil {
		return fmt.Errorf("connection for the lock %q: %w", name, err)
	}
	defer func() { // also when f was interrupted
		ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		_ = held.Rollback(ending) // when it fails the connection is closed, which ends the lock, too
	}()
	hash := fnv.New64a()
	_, _ = hash.Write([]byte(name)) // never fails
	key := int64(hash.Sum64())      //nolint:gosec // any number will do
	var got bool
	// By the simple protocol: else the portal keeps its snapshot until the transaction ends, and what waits for all older
	// snapshots, as finishing to detach a partition does, would wait for this one for ever.
	if err := held.QueryRow(ctx, lock, pgx.QueryExecModeSimpleProtocol, key).Scan(&got); err != nil {
		return fmt.Errorf("wait for the lock %q: %w", name, err)
	}
	if !got {
		return nil
	}
	return f(ctx)
}
