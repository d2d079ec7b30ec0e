package subscription

import (
	"context"

	"aisle/graph"
)

// A Subscription is an operation with one response for each event.
type Subscription struct {
	source   graph.SourceStream
	renders  *RenderCache
	renderer Renderer
	group    Group
	release  func()
	events   int
}

// New returns a Subscription to the events of a source, which it owns. Close calls release.
func New(source graph.SourceStream, renders *RenderCache, renderer Renderer, group Group, release func()) *Subscription {
	return &Subscription{source: source, renders: renders, renderer: renderer, group: group, release: release}
}

// Next waits for events, until ctx ends, and returns the responses to them in the order of the events. It may return responses and an
// error. It must not be called concurrently.
func (s *Subscription) Next(ctx context.Context) ([][]byte, error) {
	events, err := s.source.Next(ctx)
	bodies := make([][]byte, len(events))
	for i, e := range events {
		bodies[i] = s.renders.get(ctx, s.renderer, s.group, e)
	}
	s.events += len(bodies)
	return bodies, err
}

// Events returns how many events Next returned. A nil Subscription had none.
func (s *Subscription) Events() int {
	if s == nil {
		return 0
	}
	return s.events
}

// Close ends the subscription. Call it once.
func (s *Subscription) Close() {
	s.source.Close()
	s.release()
}
