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
	held, err := p.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("connection for the lock %q: %w", name, err)
	}
	defer held.Release()
	// The lock ends with its connection, also when f was interrupted.
	defer func() {
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		_ = held.Conn().Close(closing) // it is closed in any case
	}()
	hash := fnv.New64a()
	_, _ = hash.Write([]byte(name))                                             // never fails
	_, err = held.Exec(ctx, "SELECT pg_advisory_lock($1)", int64(hash.Sum64())) //nolint:gosec // any number will do
	if err != nil {
		return fmt.Errorf("wait for the lock %q: %w", name, err)
	}
	return f(ctx)
}
