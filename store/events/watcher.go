package events

import (
	"context"
	"fmt"
	"slices"

	"aisle/store"
)

// replayed is how many of the newest events watchers get when a node starts to read the log.
const replayed = 20_000

// A Watcher holds data in memory that events invalidate. It gets each event before any other reader on its node: once
// Log.Position is at an event, all watchers have it. Its methods must not block.
type Watcher interface {
	// OnReset reports that nothing is known of the events up to a position: discard all data. OnEvents gets all events
	// behind it next.
	OnReset(after store.Position)
	// OnEvents gets events in the order of the log. Events from before the node's start have only their position, type, store
	// and subject.
	OnEvents(batch []*Event)
}

// watchers are called one after the other.
type watchers []Watcher

func (ws watchers) onEvents(batch []*Event) {
	for _, w := range ws {
		w.OnEvents(batch)
	}
}

// replay resets the watchers and gives them the newest events up to a position, where the tailer starts.
func (ws watchers) replay(ctx context.Context, q *Queries, at store.Position) error {
	if len(ws) == 0 {
		return nil
	}
	rows, err := q.listRecentEvents(ctx, listRecentEventsParams{AtXid: at.XID, AtSeq: at.Seq, RowLimit: replayed})
	if err != nil {
		return fmt.Errorf("newest events: %w", err)
	}
	var after store.Position // zero: rows has the whole log
	if len(rows) == replayed {
		oldest := rows[len(rows)-1]
		after = store.Position{XID: oldest.XID, Seq: oldest.Seq}
		rows = rows[:len(rows)-1]
	}
	batch := make([]*Event, len(rows))
	for i, r := range rows {
		batch[i] = &Event{
			Position: store.Position{XID: r.XID, Seq: r.Seq}, Type: r.Type, StoreID: r.StoreID, SubjectID: r.SubjectID,
		}
	}
	slices.Reverse(batch)
	for _, w := range ws {
		w.OnReset(after)
		w.OnEvents(batch)
	}
	return nil
}
