package kpis

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"aisle/store"
)

// errRebuildSuperseded reports that another rebuild began meanwhile. The lock allows that only for a node that lost it, for
// example with its connection, and whose last statement arrived late.
var errRebuildSuperseded = errors.New("another rebuild of the KPIs began meanwhile")

// Rebuild replaces all rows with new ones from the other modules' current entities. It waits for a rebuild that is running.
// Until it finishes, readers get a store's old or new KPIs.
//
// It holds no transaction open, since that would delay the event log. It reads the log's last position first, and the
// entities after that, so they are at least as new. Events after that position whose changes the entities already have
// change nothing, because each row has its entity's version.
func (p *Projector) Rebuild(ctx context.Context) error {
	return p.config.Pool.WithLock(ctx, rebuildLock, p.rebuild)
}

// rebuildIfUnchanged rebuilds unless another node is rebuilding, or has made progress since seen was read.
func (p *Projector) rebuildIfUnchanged(ctx context.Context, seen getProgressRow) error {
	return p.config.Pool.TryWithLock(ctx, rebuildLock, func(ctx context.Context) error {
		progress, err := p.q.getProgress(ctx)
		if err != nil {
			return fmt.Errorf("read the projector's position: %w", err)
		}
		if progress != seen {
			return nil
		}
		return p.rebuild(ctx)
	})
}

// rebuild rebuilds, a second time if it was superseded.
func (p *Projector) rebuild(ctx context.Context) error {
	err := p.rebuildOnce(ctx)
	if errors.Is(err, errRebuildSuperseded) {
		err = p.rebuildOnce(ctx)
	}
	return err
}

func (p *Projector) rebuildOnce(ctx context.Context) error {
	began, id := p.config.Now(), store.NewID()
	if err := p.q.beginRebuild(ctx, id); err != nil {
		return fmt.Errorf("begin to rebuild the KPIs: %w", err)
	}
	at, err := p.config.Events.LastPosition(ctx)
	if err != nil {
		return fmt.Errorf("last position of the event log: %w", err)
	}
	if err := p.q.truncateFacts(ctx); err != nil {
		return fmt.Errorf("delete tasks and feedback: %w", err)
	}
	zone, storeIDs, err := p.rebuildStores(ctx)
	if err != nil {
		return err
	}
	if err := p.rebuildTasksAndFeedback(ctx, zone); err != nil {
		return err
	}
	if err := p.rebuildDays(ctx, storeIDs); err != nil {
		return err
	}
	finished, err := p.q.finishRebuild(ctx, finishRebuildParams{XID: at.XID, Seq: at.Seq, BuiltAt: p.config.Now(), BuildID: id})
	if err == nil && finished == 0 {
		err = errRebuildSuperseded
	}
	if err == nil {
		p.config.Log.InfoContext(ctx, "rebuilt the KPIs", "stores", len(storeIDs), "took", p.config.Now().Sub(began).Round(time.Millisecond))
	}
	if err != nil {
		return fmt.Errorf("finish the rebuild of the KPIs: %w", err)
	}
	return nil
}

// rebuildStores writes regions and stores. It returns the stores' time zones and ids.
func (p *Projector) rebuildStores(ctx context.Context) (zone zoneFunc, storeIDs []uuid.UUID, err error) {
	err = p.config.RebuildSource.Regions(ctx, func(list []Region) error { return p.rows.writeRegions(ctx, list) })
	if err != nil {
		return nil, nil, fmt.Errorf("regions for the KPIs: %w", err)
	}
	byStore := map[uuid.UUID]*time.Location{}
	err = p.config.RebuildSource.Stores(ctx, func(list []Store) error {
		rows := make([]storeRow, len(list))
		for i, s := range list {
			rows[i] = s.row(s.UpdatedAt)
			byStore[s.ID], storeIDs = p.timezones.get(s.Timezone), append(storeIDs, s.ID)
		}
		return p.rows.writeStores(ctx, rows)
	})
	if err != nil {
		return nil, nil, fmt.Errorf("stores for the KPIs: %w", err)
	}
	return func(id uuid.UUID) *time.Location {
		if zone := byStore[id]; zone != nil {
			return zone
		}
		return time.UTC // the store opened meanwhile: its event will reassign the days
	}, storeIDs, nil
}

// rebuildTasksAndFeedback writes tasks, feedback, and the stores' last activity.
func (p *Projector) rebuildTasksAndFeedback(ctx context.Context, zone zoneFunc) error {
	err := p.config.RebuildSource.Tasks(ctx, func(list []Task) error {
		rows, lastActivity := make([]taskRow, len(list)), map[uuid.UUID]time.Time{}
		for i, t := range list {
			rows[i] = t.row(t.statusSince(), zone(t.StoreID))
			for _, at := range []*time.Time{t.StartedAt, t.CompletedAt} {
				if at != nil && at.After(lastActivity[t.StoreID]) {
					lastActivity[t.StoreID] = *at
				}
			}
		}
		if err := p.rows.writeTasks(ctx, rows); err != nil {
			return err
		}
		return p.rows.writeLastActivity(ctx, lastActivity)
	})
	if err != nil {
		return fmt.Errorf("tasks for the KPIs: %w", err)
	}
	err = p.config.RebuildSource.Feedback(ctx, func(list []Feedback) error { return p.rows.writeFeedback(ctx, list, zone) })
	if err != nil {
		return fmt.Errorf("feedback for the KPIs: %w", err)
	}
	return nil
}

// rebuildDays counts all days of all stores, and the regions' totals.
func (p *Projector) rebuildDays(ctx context.Context, storeIDs []uuid.UUID) error {
	const chunkSize = 20
	for chunk := range slices.Chunk(storeIDs, chunkSize) {
		days, err := p.rows.listKnownDays(ctx, chunk)
		if err != nil {
			return err
		}
		if err := p.rows.recountDays(ctx, days); err != nil {
			return err
		}
	}
	err := p.config.Pool.InTx(ctx, func(db store.DB) error {
		if _, err := db.Exec(ctx, "SET LOCAL statement_timeout = 0"); err != nil { // it reads all tasks
			return fmt.Errorf("remove the statement timeout: %w", err)
		}
		return New(db).raiseTotals(ctx)
	})
	if err != nil {
		return fmt.Errorf("count totals: %w", err)
	}
	return nil
}
