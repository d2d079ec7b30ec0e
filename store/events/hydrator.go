package events

import (
	"context"
	"fmt"
	"slices"

	"golang.org/x/sync/semaphore"
)

// A hydrator attaches to events the entities that they refer to, once for each event.
type hydrator struct {
	load func(ctx context.Context, batch []*Event) error // nil attaches nothing
	busy *semaphore.Weighted
}

func newHydrator(load func(context.Context, []*Event) error) *hydrator {
	return &hydrator{load: load, busy: semaphore.NewWeighted(1)}
}

// hydrate hydrates the events of a batch that are not hydrated yet. It runs one batch at a time, because another caller may
// be hydrating the same events.
func (h *hydrator) hydrate(ctx context.Context, batch []*Event) error {
	isHydrated := func(e *Event) bool { return e.hydrated.Load() }
	if h.load == nil || !slices.ContainsFunc(batch, func(e *Event) bool { return !isHydrated(e) }) {
		return nil
	}
	if err := h.busy.Acquire(ctx, 1); err != nil {
		return fmt.Errorf("wait for the hydration of events: %w", err)
	}
	defer h.busy.Release(1)
	batch = slices.DeleteFunc(slices.Clone(batch), isHydrated)
	if len(batch) == 0 {
		return nil
	}
	if err := h.load(ctx, batch); err != nil {
		return fmt.Errorf("hydrate events: %w", err)
	}
	for _, e := range batch {
		e.hydrated.Store(true)
	}
	return nil
}
