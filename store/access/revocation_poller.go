package access

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"aisle/auth"
	"aisle/store"
)

const (
	pollInterval = time.Second
	pollTimeout  = 4 * time.Second
	// wakeDelay lets the response to a client that ends its own session go out before the token is revoked.
	wakeDelay             = 100 * time.Millisecond
	cleanupInterval       = time.Hour
	cleanupTimeout        = time.Minute
	endedSessionRetention = 24 * time.Hour
	// knownNetworkRetention is how long a successful login from a network is remembered.
	knownNetworkRetention = 90 * 24 * time.Hour
)

// A RevocationPoller reads the revocations of all nodes into a node's auth.RevocationList. While PostgreSQL is unavailable, the
// list stays as it is.
type RevocationPoller struct {
	q    *Queries
	list *auth.RevocationList
	log  *slog.Logger
	now  func() time.Time

	wake chan struct{}
	mark int64 // the xid from which Load reads next
}

// NewRevocationPoller returns a poller, which does nothing before Load.
func NewRevocationPoller(db store.DB, list *auth.RevocationList, log *slog.Logger, now func() time.Time) *RevocationPoller {
	return &RevocationPoller{q: New(db), list: list, log: log, now: now, wake: make(chan struct{}, 1)}
}

// Load reads new revocations. A node calls it before it serves requests, so that a restart does not lift revocations.
//
// It reads the mark first: a revocation that is not committed by then has the mark's xid or a later one, and the next call
// reads it. Reading one twice does no harm. A mark before the last one means that the database was restored.
func (p *RevocationPoller) Load(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, pollTimeout)
	defer cancel()
	mark, err := p.q.getRevocationMark(ctx)
	if err != nil {
		return fmt.Errorf("get the revocation mark: %w", err)
	}
	rows, err := p.q.listRevocationsSince(ctx, listRevocationsSinceParams{Mark: min(p.mark, mark), At: p.now()})
	if err != nil {
		return fmt.Errorf("list revocations: %w", err)
	}
	p.mark = mark
	if len(rows) == 0 {
		return nil
	}
	revocations := make([]auth.Revocation, len(rows))
	for i, row := range rows {
		revocations[i] = auth.Revocation{ID: row.ID, ExpiresAt: row.Until, StoreID: row.AtStoreID, RegionID: row.AtRegionID}
		if row.Role != nil {
			revocations[i].Role = *row.Role
		}
	}
	p.list.Add(revocations...)
	return nil
}

// Wake makes Run load soon, after something was revoked on this node. It never blocks.
func (p *RevocationPoller) Wake() {
	select {
	case p.wake <- struct{}{}:
	default: // a wake-up is pending
	}
}

// Run loads every second until ctx ends, and deletes expired rows every hour.
func (p *RevocationPoller) Run(ctx context.Context) error {
	poll, cleanup := time.NewTicker(pollInterval), time.NewTicker(cleanupInterval)
	defer poll.Stop()
	defer cleanup.Stop()
	failing := false
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-p.wake:
			if !store.SleepContext(ctx, wakeDelay) {
				return nil
			}
		case <-poll.C:
		case <-cleanup.C:
			if err := p.DeleteExpired(ctx); err != nil && ctx.Err() == nil {
				p.log.WarnContext(ctx, "cannot delete expired sessions; retrying in an hour", "error", err)
			}
		}
		err := p.Load(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil && !failing:
			p.log.WarnContext(ctx, "cannot read revocations; the known ones still apply", "error", err)
		case err == nil && failing:
			p.log.InfoContext(ctx, "reading revocations again")
		}
		failing = err != nil
	}
}

// DeleteExpired deletes expired revocations, sessions and login attempts. Several nodes may do so at once.
func (p *RevocationPoller) DeleteExpired(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, cleanupTimeout)
	defer cancel()
	now := p.now()
	before, successBefore := now.Add(-endedSessionRetention), now.Add(-knownNetworkRetention)
	if err := p.q.deleteExpiredRevocations(ctx, now); err != nil {
		return fmt.Errorf("delete expired revocations: %w", err)
	}
	if err := p.q.deleteExpiredSessions(ctx, before); err != nil {
		return fmt.Errorf("delete expired sessions: %w", err)
	}
	err := p.q.deleteExpiredLoginAttempts(ctx, deleteExpiredLoginAttemptsParams{Before: &before, SuccessBefore: &successBefore})
	if err != nil {
		return fmt.Errorf("delete expired login attempts: %w", err)
	}
	return nil
}
