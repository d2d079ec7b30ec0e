// Package events reads the event log: the table events.event, to which each command appends in the transaction of its
// change (store.Run).
//
// The log has one order for everyone: (transaction id, sequence), a store.Position. An event is settled when no transaction
// that could commit an earlier position is still running, that is, when its transaction id is below the snapshot's xmin. Only
// settled events are read, so every reader sees every event once and in the same order.
//
// Each node has one Log. Its tailer reads settled events into a ring in memory; a Subscription reads the ring, or the table
// when it is too far behind. See docs/explanation/event-log.md.
package events
