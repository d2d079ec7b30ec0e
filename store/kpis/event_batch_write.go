package kpis

import (
	"context"
	"maps"
	"slices"

	"github.com/google/uuid"
)

// write writes the changed rows, and recounts the days that they affect.
func (b *eventBatch) write(ctx context.Context, w rowWriter) error {
	if err := b.writeStores(ctx, w); err != nil {
		return err
	}
	if err := b.writeTasks(ctx, w); err != nil {
		return err
	}
	if err := b.writeFeedback(ctx, w); err != nil {
		return err
	}
	if err := b.reassignDays(ctx, w); err != nil {
		return err
	}
	maps.DeleteFunc(b.days, func(d storeDay, _ bool) bool { return d.day.Before(b.firstOpenDay) })
	return w.recountDays(ctx, slices.Collect(maps.Keys(b.days)))
}

// writeStores writes regions, stores, their last activity, and the regions' totals.
func (b *eventBatch) writeStores(ctx context.Context, w rowWriter) error {
	if err := w.writeRegions(ctx, slices.Collect(maps.Values(b.regions))); err != nil {
		return err
	}
	if err := w.writeStores(ctx, slices.Collect(maps.Values(b.stores.changed))); err != nil {
		return err
	}
	if err := w.writeLastActivity(ctx, b.lastActivity); err != nil {
		return err
	}
	return w.addTotals(ctx, b.totals)
}

func (b *eventBatch) writeTasks(ctx context.Context, w rowWriter) error {
	rows := make([]taskRow, 0, len(b.tasks.changed))
	for _, t := range b.tasks.changed {
		if t.CompletedAt != nil { // a later event of the batch may have changed the store's time zone
			t.Day = new(dayOf(*t.CompletedAt, b.timezone(t.StoreID)))
			b.days[storeDay{t.StoreID, *t.Day}] = true
		}
		rows = append(rows, t)
	}
	return w.writeTasks(ctx, rows)
}

func (b *eventBatch) writeFeedback(ctx context.Context, w rowWriter) error {
	for _, f := range b.feedback {
		b.days[storeDay{f.StoreID, dayOf(f.SubmittedAt, b.timezone(f.StoreID))}] = true
	}
	return w.writeFeedback(ctx, slices.Collect(maps.Values(b.feedback)), b.timezone)
}

// reassignDays moves the tasks and the feedback of stores whose time zone changed to other days.
func (b *eventBatch) reassignDays(ctx context.Context, w rowWriter) error {
	var storeIDs []uuid.UUID
	for id, s := range b.stores.changed {
		if s.Timezone != b.stores.stored[id].Timezone {
			storeIDs = append(storeIDs, id)
		}
	}
	if err := w.reassignDays(ctx, storeIDs, b.timezone); err != nil {
		return err
	}
	days, err := w.listKnownDays(ctx, storeIDs)
	for _, d := range days {
		b.days[d] = true
	}
	return err
}
