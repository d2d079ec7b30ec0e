package access

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"aisle/auth"
	"aisle/store"
)

// LoginAttempts keeps how often signing in has failed, for all nodes. auth.LoginAttempts says what follows from it.
type LoginAttempts struct {
	pool store.Pool
	now  func() time.Time
}

// NewLoginAttempts makes it on a pool.
func NewLoginAttempts(pool store.Pool, now func() time.Time) *LoginAttempts {
	return &LoginAttempts{pool, now}
}

// BeginSession counts a try as failed before it is made, or answers an *auth.ThrottledError instead of counting it.
func (t *LoginAttempts) Begin(ctx context.Context, names auth.AttemptKeys) error {
	var wait time.Duration
	err := t.change(ctx, names, func(tries *auth.LoginAttempts, now time.Time) bool {
		wait = tries.Begin(now)
		return wait == 0
	})
	if err == nil && wait > 0 {
		return &auth.ThrottledError{Wait: wait}
	}
	return err
}

// Succeed takes back what Begin has counted.
func (t *LoginAttempts) Succeed(ctx context.Context, names auth.AttemptKeys) error {
	return t.change(ctx, names, func(tries *auth.LoginAttempts, now time.Time) bool { tries.RecordSuccess(now); return true })
}

// Undo takes back what Begin has counted of a password that was not looked at after all: also when ctx has ended, which may
// be the reason.
func (t *LoginAttempts) Undo(ctx context.Context, names auth.AttemptKeys) error {
	const patience = time.Second
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	return t.change(ctx, names, func(tries *auth.LoginAttempts, _ time.Time) bool { tries.Undo(); return true })
}

// change changes the counts of one try, for which others of the same account or network wait.
func (t *LoginAttempts) change(ctx context.Context, names auth.AttemptKeys, f func(tries *auth.LoginAttempts, now time.Time) (keep bool)) error {
	all := [][]byte{names.Account, names.Network, names.Both}
	err := t.pool.InTx(ctx, func(db store.DB) error {
		q := New(db)
		if err := q.ensureLoginAttempts(ctx, all); err != nil {
			return fmt.Errorf("name: %w", err)
		}
		rows, err := q.lockLoginAttempts(ctx, all)
		if err != nil {
			return fmt.Errorf("lock: %w", err)
		}
		tries := auth.LoginAttempts{
			Account: countOf(rows, names.Account), Network: countOf(rows, names.Network), Both: countOf(rows, names.Both),
		}
		if !f(&tries, t.now()) {
			return nil
		}
		for i, count := range []auth.AttemptCounter{tries.Account, tries.Network, tries.Both} {
			if err := q.updateLoginAttempt(ctx, rowOfCount(all[i], count)); err != nil {
				return fmt.Errorf("write: %w", err)
			}
		}
		return nil
	})
	return store.Wrap("count a try to sign in", err)
}

func countOf(rows []loginAttempt, name []byte) auth.AttemptCounter {
	for _, row := range rows {
		if bytes.Equal(row.Name, name) {
			return auth.AttemptCounter{
				Failures: int(row.Failures), LastFailureAt: orZero(row.LastAt), BlockedUntil: orZero(row.BlockedUntil), LastSuccessAt: orZero(row.GoodAt),
			}
		}
	}
	return auth.AttemptCounter{}
}

func rowOfCount(name []byte, c auth.AttemptCounter) updateLoginAttemptParams {
	return updateLoginAttemptParams{
		Name:     name,
		Failures: int32(min(c.Failures, 1<<30)), //nolint:gosec // it is in the range now
		LastAt:   orNull(c.LastFailureAt), BlockedUntil: orNull(c.BlockedUntil), GoodAt: orNull(c.LastSuccessAt),
	}
}

func orZero(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}

func orNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
