package app

import (
	"context"
	"log/slog"
	"time"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/loaders"
	"aisle/store"
	"aisle/store/events"
	"aisle/store/feedback"
	"aisle/store/kpis"
	"aisle/store/stores"
	"aisle/store/tasks"
	"aisle/telemetry"
)

// kpisCommand is about the stores' key figures.
type kpisCommand struct {
	Rebuild kpisRebuild `cmd:"" help:"Make the key figures of all stores anew from what is kept of tasks, feedback and stores. Nodes go on meanwhile."`
}

type kpisRebuild struct{ database }

// Run makes them anew.
func (c kpisRebuild) Run(ctx context.Context, t Terminal) error {
	return c.withPool(ctx, func(pool *store.Pool) error {
		began := time.Now()
		if err := buildKpis(ctx, pool); err != nil {
			return err
		}
		t.answerf("Made the key figures anew in %v.", time.Since(began).Round(time.Millisecond))
		return nil
	})
}

// buildKpis makes the key figures anew, where no node does.
func buildKpis(ctx context.Context, pool *store.Pool) error {
	silent := slog.New(slog.DiscardHandler)
	log := events.NewLog(events.Config{Pool: pool, Log: silent})
	return kpis.NewProjector(kpisConfig(pool, loaders.NewModules(pool), log, silent)).Rebuild(ctx)
}

// kpisConfig brings the log of events and the modules' histories to the key figures.
func kpisConfig(pool *store.Pool, modules loaders.Modules, log *events.Log, logger *slog.Logger) kpis.Config {
	return kpis.Config{Pool: pool, Events: kpisLog{log}, RebuildSource: kpisHistory{modules}, Log: logger, Now: time.Now}
}

// figures are what keeps the key figures, and the figures of the chain beside it.
func (n node) figures(pool *store.Pool, modules loaders.Modules, m *memory, metrics *telemetry.Metrics) (*kpis.Projector, *kpis.ChainSnapshot) {
	config := kpisConfig(pool, modules, m.log, n.Log)
	config.Signal, config.ObserveStatusDuration = m.told, metrics.ObserveTimeInStatus
	projector := kpis.NewProjector(config)
	board := kpis.NewChainSnapshot(projector)
	metrics.RegisterBusiness(func() *telemetry.BusinessStats { return business(board) })
	return projector, board
}

// kpisLog is the log of events as the key figures read it.
type kpisLog struct{ *events.Log }

// ReadAfter reads the events behind a place.
func (l kpisLog) ReadAfter(ctx context.Context, at store.Position, most int32) ([]kpis.Event, store.Position, error) {
	batch, upTo, err := l.Log.ReadAfter(ctx, at, most)
	list := make([]kpis.Event, len(batch))
	for i, e := range batch {
		list[i] = kpis.Event{Type: e.Type, StoreID: e.StoreID, At: e.OccurredAt, Data: e.Data}
	}
	return list, upTo, err
}

// NeedsResync says whether nothing can be read behind a place.
func (kpisLog) NeedsResync(err error) bool { return events.NeedsResync(err) }

// bell rings when something happened. It never waits.
type bell chan struct{}

var _ events.Watcher = bell(nil)

// OnReset does nothing: who listens knows its place in the log.
func (bell) OnReset(store.Position) {}

// OnEvents rings it.
func (b bell) OnEvents([]*events.Event) {
	select {
	case b <- struct{}{}:
	default: // it rings already
	}
}

// business are the figures of the chain, as telemetry has them; nil when there are none.
func business(board *kpis.ChainSnapshot) *telemetry.BusinessStats {
	figures := board.Metrics()
	if figures == nil {
		return nil
	}
	b := &telemetry.BusinessStats{Tasks: figures.Tasks, Lag: map[string]time.Duration{"kpis": figures.Lag}}
	for _, r := range figures.Regions {
		b.Regions = append(b.Regions, telemetry.RegionStats(r))
	}
	return b
}

// kpisHistory is what the modules have, as the key figures read it.
type kpisHistory struct{ loaders.Modules }

const historyPart = 2000 // rows that are read together

// Regions reads all regions.
func (h kpisHistory) Regions(ctx context.Context, each func([]kpis.Region) error) error {
	q := stores.RegionPageQuery{First: historyPart}
	for {
		page, err := h.Modules.Stores.ListRegions(ctx, auth.SystemScope(), q)
		if err != nil {
			return err
		}
		list := make([]kpis.Region, len(page.Items))
		for i, r := range page.Items {
			list[i], q.After = kpis.Region{ID: r.ID, Code: r.Code, Version: r.Version}, r.Cursor()
		}
		if err := each(list); err != nil || !page.HasMore {
			return err
		}
	}
}

// Stores reads all stores.
func (h kpisHistory) Stores(ctx context.Context, each func([]kpis.Store) error) error {
	q := stores.PageQuery{First: historyPart}
	for {
		page, err := h.Modules.Stores.List(ctx, auth.SystemScope(), q)
		if err != nil {
			return err
		}
		list := make([]kpis.Store, len(page.Items))
		for i, s := range page.Items {
			list[i], q.After = kpis.Store{
				ID: s.ID, RegionID: s.RegionID, Timezone: s.Timezone, Status: string(s.Status), Version: s.Version, UpdatedAt: s.UpdatedAt,
			}, s.Cursor()
		}
		if err := each(list); err != nil || !page.HasMore {
			return err
		}
	}
}

// Tasks reads what became of all tasks.
func (h kpisHistory) Tasks(ctx context.Context, each func([]kpis.Task) error) error {
	return inOrder(ctx, h.Modules.Tasks.ListHistories, func(c tasks.TaskHistory) (uuid.UUID, kpis.Task) {
		return c.ID, kpis.Task{
			ID: c.ID, StoreID: c.StoreID, Status: string(c.Status), Version: c.Version, CreatedAt: c.CreatedAt, DueAt: c.DueAt,
			StartedAt: c.StartedAt, CompletedAt: c.CompletedAt, UpdatedAt: c.UpdatedAt,
		}
	}, each)
}

// Feedback reads all that customers said.
func (h kpisHistory) Feedback(ctx context.Context, each func([]kpis.Feedback) error) error {
	return inOrder(ctx, h.Modules.Feedback.ListInIDOrder, func(f feedback.Feedback) (uuid.UUID, kpis.Feedback) {
		return f.ID, kpis.Feedback{ID: f.ID, StoreID: f.StoreID, Score: f.Score, SubmittedAt: f.SubmittedAt}
	}, each)
}

// inOrder reads all rows of a module in the order of their ids, in parts.
func inOrder[From, To any](
	ctx context.Context, read func(context.Context, auth.Scope, uuid.UUID, int32) ([]From, error),
	convert func(From) (uuid.UUID, To), each func([]To) error,
) error {
	var behind uuid.UUID
	for {
		rows, err := read(ctx, auth.SystemScope(), behind, historyPart)
		if err != nil {
			return err
		}
		list := make([]To, len(rows))
		for i, row := range rows {
			behind, list[i] = convert(row)
		}
		if err := each(list); err != nil || len(rows) < historyPart {
			return err
		}
	}
}
