package postgres

import (
	"context"
	"fmt"
	"hash/fnv"
	"time"

	"github.com/jackc/pgx/v5"

	"aisle/store"
)

// WithLock waits for the lock of the name, and runs f while it holds the lock. Nodes on one database share the locks.
//
// The lock needs a connection of the pool, in addition to those that f uses. A pool holds one lock at a time: with more, all
// holders could wait for the connections that the others hold. For the same reason f must not call WithLock or TryWithLock:
// they return an error there.
func (p *Pool) WithLock(ctx context.Context, name string, f func(context.Context) error) error {
	return p.withLock(ctx, name, waitForLock, f)
}

// TryWithLock runs f if it gets the lock at once, and otherwise does nothing. It waits only for other locks of this pool.
func (p *Pool) TryWithLock(ctx context.Context, name string, f func(context.Context) error) error {
	return p.withLock(ctx, name, tryLock, f)
}

// TryWithLockInTx runs f in a transaction if it gets the lock at once, and otherwise does nothing. It needs one connection.
func (p *Pool) TryWithLockInTx(ctx context.Context, name string, f func(store.DB) error) error {
	return p.InTx(ctx, func(db store.DB) error {
		if locked, err := takeLock(ctx, db, name, tryLock); err != nil || !locked {
			return err
		}
		return f(db)
	})
}

// lockHolderKey is the context key of the pool that holds a lock for the function that runs.
type lockHolderKey struct{}

func (p *Pool) withLock(ctx context.Context, name, sql string, f func(context.Context) error) error {
	if ctx.Value(lockHolderKey{}) == p {
		return fmt.Errorf("the lock %q was requested under another lock, which would deadlock", name)
	}
	select {
	case p.lockHolder <- struct{}{}:
		defer func() { <-p.lockHolder }()
	case <-ctx.Done():
		return fmt.Errorf("wait for another lock before %q: %w", name, ctx.Err())
	}
	tx, err := p.Begin(ctx) // a lock of a transaction, because a pooler keeps a transaction on one connection
	if err != nil {
		return fmt.Errorf("connection for the lock %q: %w", name, err)
	}
	defer func() { // also if f panics
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		_ = tx.Rollback(ctx) // if it fails, the connection is closed, which also releases the lock
	}()
	if locked, err := takeLock(ctx, tx, name, sql); err != nil || !locked {
		return err
	}
	return f(context.WithValue(ctx, lockHolderKey{}, p))
}

const (
	waitForLock = "SELECT true FROM pg_advisory_xact_lock($1)"
	tryLock     = "SELECT pg_try_advisory_xact_lock($1)"
)

// takeLock takes the lock of a name until the transaction ends. It is false if another transaction has the lock.
func takeLock(ctx context.Context, tx store.DB, name, sql string) (locked bool, err error) {
	hash := fnv.New64a()
	_, _ = hash.Write([]byte(name)) // never fails
	key := int64(hash.Sum64())      //nolint:gosec // any number will do
	// With the extended protocol the portal would keep its snapshot until the transaction ends. DETACH PARTITION
	// CONCURRENTLY waits for all older snapshots, and so would wait for this transaction for ever.
	if err := tx.QueryRow(ctx, sql, pgx.QueryExecModeSimpleProtocol, key).Scan(&locked); err != nil {
		return false, fmt.Errorf("take the lock %q: %w", name, err)
	}
	return locked, nil
}
