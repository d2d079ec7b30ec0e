package kpis

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"

	"aisle/store"
)

// building is the name under which the rows are made anew, by one at a time.
const building = "make the key figures anew"

// errOvertaken is what becomes of a build when somebody else has begun another one all the same.
var errOvertaken = errors.New("somebody else makes the key figures anew, too")

// Rebuild makes all rows anew from what the modules have, and waits for whoever is at it. What is read of a store's figures
// meanwhile is as before, or as it is afterwards.
//
// It holds no transaction open, which would hold the log of events back. First it looks where the log is, and then reads what
// the modules have, which so is at least as new; of the events behind that place, those that it shows already change nothing,
// because each row has its version.
func (p *Projector) Rebuild(ctx context.Context) error {
	return p.config.Pool.WithLock(ctx, building, p.build)
}

// buildFrom is Build that leaves it to whoever is at it, or has done it since it was seen how far the log was read.
func (p *Projector) buildFrom(ctx context.Context, seen getProgressRow) error {
	return p.config.Pool.TryWithLock(ctx, building, func(ctx context.Context) error {
		now, err := p.q.getProgress(ctx)
		if err != nil || now != seen {
			return store.Wrap("how far the log was read", err)
		}
		return p.build(ctx)
	})
}

// build makes the rows anew, and once more when the last statement of somebody who was interrupted came late.
func (p *Projector) build(ctx context.Context) error {
	err := p.buildOnce(ctx)
	if errors.Is(err, errOvertaken) {
		err = p.buildOnce(ctx)
	}
	return err
}

func (p *Projector) buildOnce(ctx context.Context) error {
	began, id := p.config.Now(), store.NewID()
	if err := p.q.beginRebuild(ctx, id); err != nil {
		return store.Wrap("begin to make the key figures anew", err)
	}
	at, err := p.config.Events.LastPosition(ctx)
	if err != nil {
		return store.Wrap("where the log is", err)
	}
	if err := p.q.truncateFacts(ctx); err != nil {
		return store.Wrap("forget what was known", err)
	}
	zone, storeIDs, err := p.buildPlaces(ctx)
	if err != nil {
		return err
	}
	if err := p.buildFacts(ctx, zone); err != nil {
		return err
	}
	if err := p.buildDays(ctx, storeIDs); err != nil {
		return err
	}
	finished, err := p.q.finishRebuild(ctx, finishRebuildParams{XID: at.XID, Seq: at.Seq, BuiltAt: p.config.Now(), BuildID: id})
	if err == nil && finished == 0 {
		err = errOvertaken
	}
	if err == nil {
		p.config.Log.InfoContext(ctx, "made the key figures anew", "stores", len(storeIDs), "took",
			p.config.Now().Sub(began).Round(time.Millisecond))
	}
	return store.Wrap("finish to make the key figures anew", err)
}

// buildPlaces writes regions and stores, and answers the zones of these.
func (p *Projector) buildPlaces(ctx context.Context) (zone func(uuid.UUID) *time.Location, storeIDs []uuid.UUID, err error) {
	err = p.config.RebuildSource.Regions(ctx, func(list []Region) error { return p.rows.regions(ctx, list) })
	if err != nil {
		return nil, nil, store.Wrap("regions for the key figures", err)
	}
	byStore := map[uuid.UUID]*time.Location{}
	err = p.config.RebuildSource.Stores(ctx, func(list []Store) error {
		rows := make([]storeRow, len(list))
		for i, s := range list {
			rows[i] = s.row(s.UpdatedAt)
			byStore[s.ID], storeIDs = p.zones.of(s.Timezone), append(storeIDs, s.ID)
		}
		return p.rows.stores(ctx, rows)
	})
	return func(id uuid.UUID) *time.Location {
		if zone := byStore[id]; zone != nil {
			return zone
		}
		return time.UTC // it has been opened since, and moves to its days when its event comes
	}, storeIDs, store.Wrap("stores for the key figures", err)
}

// buildFacts writes tasks and feedback, and when work was done last.
func (p *Projector) buildFacts(ctx context.Context, zone func(uuid.UUID) *time.Location) error {
	err := p.config.RebuildSource.Tasks(ctx, func(list []Task) error {
		rows, worked := make([]taskRow, len(list)), map[uuid.UUID]time.Time{}
		for i, t := range list {
			rows[i] = t.row(t.since(), zone(t.StoreID))
			for _, at := range []*time.Time{t.StartedAt, t.CompletedAt} {
				if at != nil && at.After(worked[t.StoreID]) {
					worked[t.StoreID] = *at
				}
			}
		}
		if err := p.rows.tasks(ctx, rows); err != nil {
			return err
		}
		return p.rows.heard(ctx, worked)
	})
	if err != nil {
		return store.Wrap("tasks for the key figures", err)
	}
	err = p.config.RebuildSource.Feedback(ctx, func(list []Feedback) error { return p.rows.feedback(ctx, list, zone) })
	return store.Wrap("feedback for the key figures", err)
}

// buildDays counts all days of all stores, and the totals.
func (p *Projector) buildDays(ctx context.Context, storeIDs []uuid.UUID) error {
	const some = 20
	for part := range slices.Chunk(storeIDs, some) {
		keys, err := p.rows.known(ctx, part)
		if err != nil {
			return err
		}
		if err := p.rows.count(ctx, keys); err != nil {
			return err
		}
	}
	err := p.config.Pool.InTx(ctx, func(db store.DB) error {
		if _, err := db.Exec(ctx, "SET LOCAL statement_timeout = 0"); err != nil { // it reads all tasks
			return store.Wrap("statement timeout", err)
		}
		return New(db).raiseTotals(ctx)
	})
	return store.Wrap("count totals", err)
}
