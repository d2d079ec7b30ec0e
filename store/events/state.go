package events

import (
	"context"
	"fmt"
	"time"

	"aisle/store"
)

// State is the log's state in the database, for operators.
type State struct {
	PartitionDays  int       // consecutive days, today first, that have a partition; with 0 no command can run
	Unsettled      int64     // committed events that wait for an older transaction, up to 1,000
	UnsettledSince time.Time // when the oldest of them occurred
}

// ReadState reads the state.
func ReadState(ctx context.Context, db store.DB, now time.Time) (s State, err error) {
	q := New(db)
	partitions, err := q.listPartitions(ctx)
	if err != nil {
		return s, fmt.Errorf("list event partitions: %w", err)
	}
	attached := map[string]bool{}
	for _, p := range partitions {
		attached[p.Name] = p.Attached && !p.Detaching
	}
	for attached[now.UTC().AddDate(0, 0, s.PartitionDays).Format(partitionLayout)] {
		s.PartitionDays++
	}
	unsettled, err := q.countUnsettled(ctx)
	s.Unsettled, s.UnsettledSince = unsettled.Events, unsettled.Since
	if err != nil {
		return State{}, fmt.Errorf("count unsettled events: %w", err)
	}
	return s, nil
}
