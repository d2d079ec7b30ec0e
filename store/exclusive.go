package store

import (
	"context"
	"fmt"
	"hash/fnv"
	"time"

	"github.com/jackc/pgx/v5"
)

// MinConns is how many connections a pool must have: one may be held for a lock.
const MinConns = 2

// WithLock runs f while nobody else runs anything under the same name in this database, and waits for its turn. It
// holds one connection of the pool besides those that f uses, and no other of its kind holds one of this pool meanwhile: all of
// them would wait for those that they hold. It is an error to call it in f.
func (p *Pool) WithLock(ctx context.Context, name string, f func(context.Context) error) error {
	return p.holding(ctx, name, lockInTurn, f)
}

// TryWithLock is Exclusively that does not wait for others than those of this pool: it does nothing when somebody else runs
// something under the name.
func (p *Pool) TryWithLock(ctx context.Context, name string, f func(context.Context) error) error {
	return p.holding(ctx, name, lockAtOnce, f)
}

// TryWithLockInTx is TryWithLock for what is done in one transaction, which needs no other connection.
func (p *Pool) TryWithLockInTx(ctx context.Context, name string, f func(DB) error) error {
	return p.InTx(ctx, func(db DB) error {
		if got, err := lockNamed(ctx, db, name, lockAtOnce); err != nil || !got {
			return err
		}
		return f(db)
	})
}

// holds is the key of the pool of which a context's function holds a connection for a lock.
type holds struct{}

// holding runs f while a transaction holds the lock of a name, if it gets it.
func (p *Pool) holding(ctx context.Context, name, how string, f func(context.Context) error) error {
	if ctx.Value(holds{}) == p {
		return fmt.Errorf("the lock %q is wanted where another is held, which would wait for ever", name)
	}
	select {
	case p.holder <- struct{}{}:
		defer func() { <-p.holder }()
	case <-ctx.Done():
		return fmt.Errorf("turn for the lock %q: %w", name, ctx.Err())
	}
	held, err := p.Begin(ctx) // the lock is a transaction's, which a pooler keeps on one connection
	if err != nil {
		return fmt.Errorf("connection for the lock %q: %w", name, err)
	}
	defer func() { // also when f was interrupted
		ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		_ = held.Rollback(ending) // when it fails the connection is closed, which ends the lock, too
	}()
	if got, err := lockNamed(ctx, held, name, how); err != nil || !got {
		return err
	}
	return f(context.WithValue(ctx, holds{}, p))
}

// The ways to a lock, which is a transaction's.
const (
	lockInTurn = "SELECT true FROM pg_advisory_xact_lock($1)"
	lockAtOnce = "SELECT pg_try_advisory_xact_lock($1)"
)

// lockNamed takes the lock of a name for the rest of a transaction, and says whether it got it.
func lockNamed(ctx context.Context, tx DB, name, how string) (got bool, err error) {
	hash := fnv.New64a()
	_, _ = hash.Write([]byte(name)) // never fails
	key := int64(hash.Sum64())      //nolint:gosec // any number will do
	// By the simple protocol: else the portal keeps its snapshot until the transaction ends, and what waits for all older
	// snapshots, as finishing to detach a partition does, would wait for this one for ever.
	if err := tx.QueryRow(ctx, how, pgx.QueryExecModeSimpleProtocol, key).Scan(&got); err != nil {
		return false, fmt.Errorf("wait for the lock %q: %w", name, err)
	}
	return got, nil
}
