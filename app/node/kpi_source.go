package node

import (
	"context"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/loaders"
	"aisle/store"
	"aisle/store/events"
	"aisle/store/feedback"
	"aisle/store/kpis"
	"aisle/store/stores"
	"aisle/store/tasks"
)

// kpiLog reads the event log for the KPI projector.
type kpiLog struct{ *events.Log }

// ReadAfter returns up to limit events after a position, and the position up to which they are complete.
func (l kpiLog) ReadAfter(ctx context.Context, at store.Position, limit int32) ([]kpis.Event, store.Position, error) {
	batch, upTo, err := l.Log.ReadAfter(ctx, at, limit)
	list := make([]kpis.Event, len(batch))
	for i, e := range batch {
		list[i] = kpis.Event{Type: e.Type, StoreID: e.StoreID, At: e.OccurredAt, Data: e.Data}
	}
	return list, upTo, err
}

// NeedsResync reports whether an error of ReadAfter means that events after the position are no longer available.
func (kpiLog) NeedsResync(err error) bool { return events.NeedsResync(err) }

// kpiSource reads the rows of the modules for a rebuild of the KPIs.
type kpiSource struct{ loaders.Modules }

const kpiSourcePageSize = 2000

// Regions calls each with the pages of all regions.
func (s kpiSource) Regions(ctx context.Context, each func([]kpis.Region) error) error {
	q := stores.RegionPageQuery{First: kpiSourcePageSize}
	for {
		page, err := s.Modules.Stores.ListRegions(ctx, auth.SystemScope(), q)
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

// Stores calls each with the pages of all stores.
func (s kpiSource) Stores(ctx context.Context, each func([]kpis.Store) error) error {
	q := stores.PageQuery{First: kpiSourcePageSize}
	for {
		page, err := s.Modules.Stores.List(ctx, auth.SystemScope(), q)
		if err != nil {
			return err
		}
		list := make([]kpis.Store, len(page.Items))
		for i, s := range page.Items {
			list[i], q.After = kpis.Store{
				ID: s.ID, RegionID: s.RegionID, Timezone: s.Timezone, Status: string(s.Status), Version: s.Version, UpdatedAt: s.UpdatedAt,
			}, s.Cursor(stores.OrderCodeAsc)
		}
		if err := each(list); err != nil || !page.HasMore {
			return err
		}
	}
}

// Tasks calls each with the pages of all tasks, in the order of their ids.
func (s kpiSource) Tasks(ctx context.Context, each func([]kpis.Task) error) error {
	return eachPage(ctx, s.Modules.Tasks.ListHistories, func(c tasks.TaskHistory) (uuid.UUID, kpis.Task) {
		return c.ID, kpis.Task{
			ID: c.ID, StoreID: c.StoreID, Status: string(c.Status), Version: c.Version, CreatedAt: c.CreatedAt, DueAt: c.DueAt,
			StartedAt: c.StartedAt, CompletedAt: c.CompletedAt, UpdatedAt: c.UpdatedAt,
		}
	}, each)
}

// Feedback calls each with the pages of all feedback, in the order of its ids.
func (s kpiSource) Feedback(ctx context.Context, each func([]kpis.Feedback) error) error {
	return eachPage(ctx, s.Modules.Feedback.ListInIDOrder, func(f feedback.Feedback) (uuid.UUID, kpis.Feedback) {
		return f.ID, kpis.Feedback{ID: f.ID, StoreID: f.StoreID, Score: f.Score, SubmittedAt: f.SubmittedAt}
	}, each)
}

// eachPage calls each with the pages of a module's rows, in the order of their ids.
func eachPage[From, To any](
	ctx context.Context, read func(context.Context, auth.Scope, uuid.UUID, int32) ([]From, error),
	convert func(From) (uuid.UUID, To), each func([]To) error,
) error {
	var after uuid.UUID
	for {
		rows, err := read(ctx, auth.SystemScope(), after, kpiSourcePageSize)
		if err != nil {
			return err
		}
		list := make([]To, len(rows))
		for i, row := range rows {
			after, list[i] = convert(row)
		}
		if err := each(list); err != nil || len(rows) < kpiSourcePageSize {
			return err
		}
	}
}
