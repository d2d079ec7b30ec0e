package node

import (
	"aisle/store"
	"aisle/store/events"
)

// eventSignal receives a value when events were read. A sender never waits: one pending value stands for all events.
type eventSignal chan struct{}

var _ events.Watcher = eventSignal(nil)

// OnReset does nothing: the receiver knows its position in the log.
func (eventSignal) OnReset(store.Position) {}

// OnEvents sends the signal, unless one is pending.
func (s eventSignal) OnEvents([]*events.Event) {
	select {
	case s <- struct{}{}:
	default:
	}
}
