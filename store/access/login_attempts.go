package access

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"aisle/auth"
	"aisle/store"
)

// LoginAttempts counts failed attempts to sign in, for all nodes. auth.AttemptCounters decides what follows from the counts.
type LoginAttempts struct {
	pool store.Pool
	now  func() time.Time
}

// NewLoginAttempts returns LoginAttempts on a pool.
func NewLoginAttempts(pool store.Pool, now func() time.Time) *LoginAttempts {
	return &LoginAttempts{pool, now}
}

// Begin counts an attempt as failed before the password is checked. If the account or the network is blocked, it returns an
// *auth.ThrottledError and counts nothing.
func (a *LoginAttempts) Begin(ctx context.Context, keys auth.AttemptKeys) error {
	var wait time.Duration
	err := a.update(ctx, keys, func(attempts *auth.AttemptCounters, now time.Time) bool {
		wait = attempts.Begin(now)
		return wait == 0
	})
	if err == nil && wait > 0 {
		return &auth.ThrottledError{Wait: wait}
	}
	return err
}

// Succeed undoes Begin after the right password, and records the success.
func (a *LoginAttempts) Succeed(ctx context.Context, keys auth.AttemptKeys) error {
	return a.update(ctx, keys, func(attempts *auth.AttemptCounters, now time.Time) bool { attempts.RecordSuccess(now); return true })
}

// Undo undoes Begin when the password was not checked. It also works after ctx has ended, since that may be the reason.
func (a *LoginAttempts) Undo(ctx context.Context, keys auth.AttemptKeys) error {
	const undoTimeout = time.Second
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), undoTimeout)
	defer cancel()
	return a.update(ctx, keys, func(attempts *auth.AttemptCounters, _ time.Time) bool { attempts.Undo(); return true })
}

// update updates the counters of an attempt, if f returns true. It locks them, so that other attempts of the same account or
// network wait.
func (a *LoginAttempts) update(
	ctx context.Context, keys auth.AttemptKeys, f func(attempts *auth.AttemptCounters, now time.Time) (changed bool),
) error {
	names := [][]byte{keys.Account, keys.Network, keys.AccountNetwork}
	err := a.pool.InTx(ctx, func(db store.DB) error {
		q := New(db)
		if err := q.ensureLoginAttempts(ctx, names); err != nil {
			return fmt.Errorf("create the counters: %w", err)
		}
		rows, err := q.lockLoginAttempts(ctx, names)
		if err != nil {
			return fmt.Errorf("lock the counters: %w", err)
		}
		attempts := auth.AttemptCounters{
			Account: findCounter(rows, keys.Account), Network: findCounter(rows, keys.Network),
			AccountNetwork: findCounter(rows, keys.AccountNetwork),
		}
		if !f(&attempts, a.now()) {
			return nil
		}
		for i, counter := range []auth.AttemptCounter{attempts.Account, attempts.Network, attempts.AccountNetwork} {
			if err := q.updateLoginAttempt(ctx, newCounterRow(names[i], counter)); err != nil {
				return fmt.Errorf("write a counter: %w", err)
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("count a login attempt: %w", err)
	}
	return nil
}

func findCounter(rows []loginAttempt, name []byte) auth.AttemptCounter {
	for _, row := range rows {
		if bytes.Equal(row.Name, name) {
			return auth.AttemptCounter{
				Failures: int(row.Failures), LastFailureAt: store.Deref(row.LastFailureAt), BlockedUntil: store.Deref(row.BlockedUntil),
				LastSuccessAt: store.Deref(row.LastSuccessAt),
			}
		}
	}
	return auth.AttemptCounter{}
}

func newCounterRow(name []byte, c auth.AttemptCounter) updateLoginAttemptParams {
	return updateLoginAttemptParams{
		Name:          name,
		Failures:      int32(min(c.Failures, 1<<30)), //nolint:gosec // in range
		LastFailureAt: store.NilIfZero(c.LastFailureAt), BlockedUntil: store.NilIfZero(c.BlockedUntil),
		LastSuccessAt: store.NilIfZero(c.LastSuccessAt),
	}
}
