package kpis

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"

	"aisle/store"
)

// batch is what some events change.
type batch struct {
	zones    zones
	final    time.Time // days before it are not counted anew
	events   []occurrence
	stores   changing[storeRow]
	tasks    changing[taskRow]
	regions  map[uuid.UUID]Region
	feedback map[uuid.UUID]Feedback
	heard    map[uuid.UUID]time.Time // when somebody worked in a store last
	totals   map[uuid.UUID]total     // by region
	days     map[dayKey]bool         // that are to be counted
	left     []stay
}

// occurrence is an event with what it tells.
type occurrence struct {
	Event
	told
}

// changing are rows as they were, and those of them that are others now.
type changing[T any] struct{ known, changed map[uuid.UUID]T }

// now is a row as it is; false when there is none.
func (c changing[T]) now(id uuid.UUID) (T, bool) {
	if row, ok := c.changed[id]; ok {
		return row, true
	}
	row, ok := c.known[id]
	return row, ok
}

// total is what is added to what was ever counted.
type total struct{ created, done int64 }

// dayKey is a day of a store.
type dayKey struct {
	store uuid.UUID
	day   time.Time
}

// stay is how long a task was in a status.
type stay struct {
	status string
	took   time.Duration
}

// newBatch reads the events. What cannot be read is left out, and told of in the log: it must not keep the others from counting.
func (p *Projector) newBatch(ctx context.Context, events []Event) *batch {
	b := &batch{
		zones: p.zones, final: p.finalBefore(),
		stores:  changing[storeRow]{map[uuid.UUID]storeRow{}, map[uuid.UUID]storeRow{}},
		tasks:   changing[taskRow]{map[uuid.UUID]taskRow{}, map[uuid.UUID]taskRow{}},
		regions: map[uuid.UUID]Region{}, feedback: map[uuid.UUID]Feedback{}, heard: map[uuid.UUID]time.Time{},
		totals: map[uuid.UUID]total{}, days: map[dayKey]bool{},
	}
	for _, e := range events {
		o := occurrence{Event: e}
		if err := json.Unmarshal(e.Data, &o.told); err != nil {
			p.config.Log.ErrorContext(ctx, "an event does not count for the key figures", "type", e.Type, "store", e.StoreID.UUID, "error", err)
			continue
		}
		b.events = append(b.events, o)
	}
	return b
}

// write brings what the events tell into the rows, in the transaction of whoever has moved on in the log.
func (b *batch) write(ctx context.Context, q *Queries) error {
	if err := b.read(ctx, q); err != nil {
		return err
	}
	for _, o := range b.events {
		b.take(o)
	}
	return b.put(ctx, writer{q})
}

// read reads the stores and the tasks that the events are about, as they are known.
func (b *batch) read(ctx context.Context, q *Queries) error {
	storeIDs, taskIDs := map[uuid.UUID]bool{}, map[uuid.UUID]bool{}
	for _, o := range b.events {
		if o.StoreID.Valid {
			storeIDs[o.StoreID.UUID] = true
		}
		if o.Task != nil {
			taskIDs[o.Task.ID] = true
		}
	}
	stores, err := q.getStores(ctx, slices.Collect(maps.Keys(storeIDs)))
	if err != nil {
		return store.Wrap("stores of events", err)
	}
	for _, s := range stores {
		b.stores.known[s.StoreID] = s
	}
	tasks, err := q.getTasks(ctx, slices.Collect(maps.Keys(taskIDs)))
	for _, t := range tasks {
		b.tasks.known[t.TaskID] = t
	}
	return store.Wrap("tasks of events", err)
}

// take notes what an event tells.
func (b *batch) take(o occurrence) {
	if o.Region != nil && b.regions[o.Region.ID].Version <= o.Region.Version {
		b.regions[o.Region.ID] = *o.Region
	}
	if o.Store != nil {
		b.takeStore(o.At, *o.Store)
	}
	if o.Task != nil {
		b.takeTask(o.Type, o.At, *o.Task)
	}
	if o.Feedback != nil {
		b.feedback[o.Feedback.ID] = *o.Feedback
	}
	if work(o.Type) && o.StoreID.Valid && o.At.After(b.heard[o.StoreID.UUID]) {
		b.heard[o.StoreID.UUID] = o.At
	}
}

// work says whether an event of the type is one of work in a store. What others plan for it, or say about it, is none.
func work(t store.EventType) bool {
	switch t {
	case store.EventTaskStarted, store.EventTaskStepChecked, store.EventTaskCompleted, store.EventTaskVerified, store.EventTaskRejected,
		store.EventTaskCommented, store.EventStockChanged:
		return true
	default:
		return false
	}
}

func (b *batch) takeStore(at time.Time, s Store) {
	known, ok := b.stores.now(s.ID)
	if ok && s.Version <= known.Version {
		return
	}
	row := s.row(known.HeardAt)
	if s.Status != known.Status {
		row.HeardAt = at // it cannot have been heard of before it was open
	}
	b.stores.changed[s.ID] = row
}

func (b *batch) takeTask(what store.EventType, at time.Time, t Task) {
	known, ok := b.tasks.now(t.ID)
	switch {
	case ok && t.Version <= known.Version:
		return // known already, or nothing but a comment
	case !ok && what != store.EventTaskCreated && what != store.EventTaskCompleted && !unfinished(t.Status):
		return // it was let go of, and none of its days changes
	}
	since := at
	switch {
	case ok && t.Status == known.Status:
		since = known.Since
	case ok:
		b.left = append(b.left, stay{known.Status, max(at.Sub(known.Since), 0)})
	}
	place, _ := b.stores.now(t.StoreID)
	sum := b.totals[place.RegionID]
	if !ok && what == store.EventTaskCreated {
		sum.created++
	}
	if t.Status == statusDone && known.Status != statusDone {
		sum.done++
	}
	b.totals[place.RegionID] = sum
	if known.Day != nil {
		b.days[dayKey{t.StoreID, *known.Day}] = true
	}
	b.tasks.changed[t.ID] = t.row(since, b.zoneOf(t.StoreID))
}

// zoneOf is the zone of a store.
func (b *batch) zoneOf(storeID uuid.UUID) *time.Location {
	s, _ := b.stores.now(storeID)
	return b.zones.of(s.Timezone)
}

// put writes what the batch has, and counts the days anew that it changes.
func (b *batch) put(ctx context.Context, w writer) error {
	if err := b.putPlaces(ctx, w); err != nil {
		return err
	}
	var rows []taskRow
	for _, t := range b.tasks.changed {
		if t.CompletedAt != nil { // the store may have moved to another zone since
			t.Day = new(dayOf(*t.CompletedAt, b.zoneOf(t.StoreID)))
			b.days[dayKey{t.StoreID, *t.Day}] = true
		}
		rows = append(rows, t)
	}
	if err := w.tasks(ctx, rows); err != nil {
		return err
	}
	for _, f := range b.feedback {
		b.days[dayKey{f.StoreID, dayOf(f.SubmittedAt, b.zoneOf(f.StoreID))}] = true
	}
	if err := w.feedback(ctx, slices.Collect(maps.Values(b.feedback)), b.zoneOf); err != nil {
		return err
	}
	moved, err := b.move(ctx, w)
	if err != nil {
		return err
	}
	for _, key := range moved {
		b.days[key] = true
	}
	maps.DeleteFunc(b.days, func(key dayKey, _ bool) bool { return key.day.Before(b.final) })
	return w.count(ctx, slices.Collect(maps.Keys(b.days)))
}

// putPlaces writes regions and stores, when they were heard of, and what is counted of them ever.
func (b *batch) putPlaces(ctx context.Context, w writer) error {
	if err := w.regions(ctx, slices.Collect(maps.Values(b.regions))); err != nil {
		return err
	}
	if err := w.stores(ctx, slices.Collect(maps.Values(b.stores.changed))); err != nil {
		return err
	}
	if err := w.heard(ctx, b.heard); err != nil {
		return err
	}
	return w.totals(ctx, b.totals)
}

// move puts what happened in stores that have another timezone now on its days, and says which days those are.
func (b *batch) move(ctx context.Context, w writer) ([]dayKey, error) {
	var moved []uuid.UUID
	for id, s := range b.stores.changed {
		if s.Timezone != b.stores.known[id].Timezone {
			moved = append(moved, id)
		}
	}
	if err := w.move(ctx, moved, b.zoneOf); err != nil {
		return nil, err
	}
	return w.known(ctx, moved)
}
