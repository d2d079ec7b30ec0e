package access

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/store"
)

// RevokeAccessTokens revokes the access tokens of an employee that say another place than that which the employee has now. Without
// a role all of them are. until is when tokens that are being issued have expired for everybody.
func (s *Service) RevokeAccessTokens(
	ctx context.Context, employeeID uuid.UUID, role auth.Role, storeID, regionID uuid.NullUUID, until time.Time,
) error {
	p := upsertRevocationParams{EmployeeID: employeeID, Until: until, AtStoreID: storeID, AtRegionID: regionID}
	if role != "" {
		p.Role = &role
	}
	return store.Wrap("revoke access tokens", s.q.upsertRevocation(ctx, p))
}

// The times of a Follower.
const (
	followEvery   = time.Second            // how often the database is asked for what is new
	followPause   = 100 * time.Millisecond // after a wake: the answer to who ends their own session comes before the end
	followTimeout = 4 * time.Second        // for one look
	cleanEvery    = time.Hour
	keepEnded     = 24 * time.Hour      // how long a session that has ended is kept
	keepNetworks  = 90 * 24 * time.Hour // how long it is kept that somebody has signed in from a network
)

// RevocationPoller tells a node's auth.RevocationList what is revoked, on whichever node it was. While PostgreSQL is away the
// node keeps to what it knows.
type RevocationPoller struct {
	q    *Queries
	into *auth.RevocationList
	log  *slog.Logger
	now  func() time.Time

	wake chan struct{}
	mark int64 // all before it was read
}

// NewRevocationPoller makes a Follower, which does nothing before Load.
func NewRevocationPoller(db store.DB, into *auth.RevocationList, log *slog.Logger, now func() time.Time) *RevocationPoller {
	return &RevocationPoller{q: New(db), into: into, log: log, now: now, wake: make(chan struct{}, 1)}
}

// Load reads what is new. A node does so once before it serves, so that a restart forgives nobody.
//
// The mark is read first: what is not committed by then has the mark's transaction id or a later one, and so is read
// next time. What is read twice does no harm. A mark that is before the last one is of a database that was restored.
func (f *RevocationPoller) Load(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, followTimeout)
	defer cancel()
	mark, err := f.q.getRevocationMark(ctx)
	if err != nil {
		return fmt.Errorf("place among the revocations: %w", err)
	}
	rows, err := f.q.listRevocationsSince(ctx, listRevocationsSinceParams{Mark: min(f.mark, mark), At: f.now()})
	if err != nil {
		return fmt.Errorf("read the revocations: %w", err)
	}
	f.mark = mark
	if len(rows) == 0 {
		return nil
	}
	list := make([]auth.Revocation, len(rows))
	for i, row := range rows {
		list[i] = auth.Revocation{ID: row.ID, ExpiresAt: row.Until, StoreID: row.AtStoreID, RegionID: row.AtRegionID}
		if row.Role != nil {
			list[i].Role = *row.Role
		}
	}
	f.into.Add(list...)
	return nil
}

// Wake says that something was revoked on this node: it is not to be waited for. It never waits.
func (f *RevocationPoller) Wake() {
	select {
	case f.wake <- struct{}{}:
	default: // it is awake already
	}
}

// Run reads what is new until ctx ends, and cleans up now and then.
func (f *RevocationPoller) Run(ctx context.Context) error {
	look, clean := time.NewTicker(followEvery), time.NewTicker(cleanEvery)
	defer look.Stop()
	defer clean.Stop()
	lost := false
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-f.wake:
			if !store.SleepContext(ctx, followPause) {
				return nil
			}
		case <-look.C:
		case <-clean.C:
			if err := f.DeleteExpired(ctx); err != nil && ctx.Err() == nil {
				f.log.WarnContext(ctx, "old sessions were not removed; trying again in an hour", "error", err)
			}
		}
		err := f.Load(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil && !lost:
			f.log.WarnContext(ctx, "revocations cannot be read: those that are known stay", "error", err)
		case err == nil && lost:
			f.log.InfoContext(ctx, "revocations are read again")
		}
		lost = err != nil
	}
}

// DeleteExpired removes what is over. All nodes do it now and then: there is nothing in it for two to disagree on.
func (f *RevocationPoller) DeleteExpired(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	now := f.now()
	ended, good := now.Add(-keepEnded), now.Add(-keepNetworks)
	if err := f.q.deleteExpiredRevocations(ctx, now); err != nil {
		return fmt.Errorf("remove revocations: %w", err)
	}
	if err := f.q.deleteExpiredSessions(ctx, ended); err != nil {
		return fmt.Errorf("remove sessions: %w", err)
	}
	return store.Wrap("remove tries", f.q.deleteExpiredLoginAttempts(ctx, deleteExpiredLoginAttemptsParams{Before: &ended, GoodBefore: &good}))
}
