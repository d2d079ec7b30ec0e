package kpis

import (
	"time"

	"aisle/store"
)

// apply applies one event to the batch's rows in memory.
func (b *eventBatch) apply(e decodedEvent) {
	if region := e.entities.Region; region != nil && b.regions[region.ID].Version <= region.Version {
		b.regions[region.ID] = *region
	}
	if e.entities.Store != nil {
		b.applyStore(e.At, *e.entities.Store)
	}
	if e.entities.Task != nil {
		b.applyTask(e.Type, e.At, *e.entities.Task)
	}
	if e.entities.Feedback != nil {
		b.feedback[e.entities.Feedback.ID] = *e.entities.Feedback
	}
	if isActivity(e.Type) && e.StoreID.Valid && e.At.After(b.lastActivity[e.StoreID.UUID]) {
		b.lastActivity[e.StoreID.UUID] = e.At
	}
}

// isActivity reports whether an event of the type shows that somebody works in the store. Planning and feedback do not.
func isActivity(t store.EventType) bool {
	switch t {
	case store.EventTaskStarted, store.EventTaskStepChecked, store.EventTaskStepUnchecked, store.EventTaskCompleted,
		store.EventTaskVerified, store.EventTaskRejected, store.EventTaskCommented, store.EventStockChanged:
		return true
	default:
		return false
	}
}

func (b *eventBatch) applyStore(at time.Time, s Store) {
	current, ok := b.stores.current(s.ID)
	if ok && s.Version <= current.Version {
		return
	}
	row := s.row(current.LastActivityAt)
	if s.Status != current.Status {
		row.LastActivityAt = at // a store that has just opened has had no chance to be active
	}
	b.stores.changed[s.ID] = row
}

func (b *eventBatch) applyTask(eventType store.EventType, at time.Time, t Task) {
	current, ok := b.tasks.current(t.ID)
	if ok && t.Version <= current.Version {
		return // already applied, or an event without a change of the task, such as a comment
	}
	if !ok && eventType != store.EventTaskCreated && eventType != store.EventTaskCompleted && !isUnfinished(t.Status) {
		return // its row was deleted by the retention, and none of its days changes
	}
	since := at
	if ok && t.Status == current.Status {
		since = current.Since
	} else if ok {
		b.statusDurations = append(b.statusDurations, statusDuration{current.Status, max(at.Sub(current.Since), 0)})
	}
	isNew := !ok && eventType == store.EventTaskCreated
	b.countTotals(t, isNew, t.Status == statusCompleted && current.Status != statusCompleted)
	if current.Day != nil {
		b.days[storeDay{t.StoreID, *current.Day}] = true // the day that the task may leave
	}
	b.tasks.changed[t.ID] = t.row(since, b.timezone(t.StoreID))
}

// countTotals adds a task to the totals of its store's region.
func (b *eventBatch) countTotals(t Task, created, done bool) {
	s, _ := b.stores.current(t.StoreID)
	totals := b.totals[s.RegionID]
	if created {
		totals.created++
	}
	if done {
		totals.done++
	}
	b.totals[s.RegionID] = totals
}
