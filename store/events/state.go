package events

import (
	"context"
	"fmt"
	"time"

	"aisle/store"
)

// State is how the log is, for those who look after it.
type State struct {
	PartitionDays  int       // that have a partition, from today on and without a gap; 0: nothing can be written
	Unsettled      int64     // events that are committed, and that nobody gets while an older transaction runs; 1,000 at most
	UnsettledSince time.Time // when the oldest of them happened
}

// ReadState looks at the log.
func ReadState(ctx context.Context, db store.DB, now time.Time) (s State, err error) {
	q := New(db)
	days, err := q.listPartitions(ctx)
	if err != nil {
		return s, fmt.Errorf("days of the log: %w", err)
	}
	attached := map[string]bool{}
	for _, day := range days {
		attached[day.Name] = day.Attached && !day.Detaching
	}
	for attached[now.UTC().AddDate(0, 0, s.PartitionDays).Format("event_20060102")] {
		s.PartitionDays++
	}
	waiting, err := q.countUnsettled(ctx)
	s.Unsettled, s.UnsettledSince = waiting.Events, waiting.Since
	return s, store.Wrap("what is not settled of the log", err)
}
