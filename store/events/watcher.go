package events

import (
	"context"
	"fmt"
	"slices"

	"aisle/store"
)

// remembered is how many of the newest events watchers are told of when a node begins to read the log.
const remembered = 20_000

// Watcher keeps something in memory that events make void. It is told of each event before anybody on its node can read
// it: once Log.End is at an event, all watchers know of it. They must not wait.
type Watcher interface {
	// OnReset says that nothing is known of what happened up to a position: what was kept until now is void. All that
	// happened behind it is told of next.
	OnReset(after store.Position)
	// OnEvents tells what happened, in the order of the log. Those of the time before the node began have their position,
	// type, store and subject alone.
	OnEvents(batch []*Event)
}

// remember tells the watchers of the newest events up to a position, which the log is read from.
func (l *Log) remember(ctx context.Context, at store.Position) error {
	if len(l.config.Watchers) == 0 {
		return nil
	}
	rows, err := l.q.listRecentEvents(ctx, listRecentEventsParams{AtXid: at.XID, AtSeq: at.Seq, RowLimit: remembered})
	if err != nil {
		return fmt.Errorf("newest events: %w", err)
	}
	var after store.Position // all that is in the log is known
	if len(rows) == remembered {
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
	for _, w := range l.config.Watchers {
		w.OnReset(after)
		w.OnEvents(batch)
	}
	return nil
}

// put adds what happened to the ring, after the watchers know of it.
func (l *Log) put(batch []*Event) {
	for _, w := range l.config.Watchers {
		w.OnEvents(batch)
	}
	l.ring.put(batch)
}
