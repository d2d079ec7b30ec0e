package store

import (
	"context"
	"fmt"
	"hash/fnv"
	"time"
)

// Exclusively runs f while nobody else runs anything under the same name in this database, and waits for its turn. It
// holds one connection of the pool besides those that f uses.
func (p *Pool) Exclusively(ctx context.Context, name string, f func(context.Context) error) error {
	// The lock is a transaction's, which a pooler keeps on one connection. It has no snapshot meanwhile, and holds nothing up.
	held, err := p.Begin(ctx)
	if err != nil {
		return fmt.Errorf("connection for the lock %q: %w", name, err)
	}
	defer func() { // also when f was interrupted
		ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		_ = held.Rollback(ending) // when it fails the connection is closed, which ends the lock, too
	}()
	hash := fnv.New64a()
	_, _ = hash.Write([]byte(name))                                                  // never fails
	_, err = held.Exec(ctx, "SELECT pg_advisory_xact_lock($1)", int64(hash.Sum64())) //nolint:gosec // any number will do
	if err != nil {
		return fmt.Errorf("wait for the lock %q: %w", name, err)
	}
	return f(ctx)
}
