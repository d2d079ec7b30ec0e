package events

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"aisle/app/localpg/pgtest"
	"aisle/store"
)

// Hydration happens for subscribers, whenever they come, and once for all of them.
func TestEventsAreHydratedOnceForTheFirstSubscriber(t *testing.T) {
	t.Parallel()
	pool := openPool(t, pgtest.New(t))
	var hydrated atomic.Int64
	l := newTestLog(t, pool, func(c *Config) {
		c.Hydrate = func(_ context.Context, batch []*Event) error {
			hydrated.Add(int64(len(batch)))
			for _, e := range batch {
				e.References = string(e.Data)
			}
			return nil
		}
	})
	startLog(t, l)
	begin := l.Position()
	writeEvents(t, pool, north, 1, 2, 3)
	eventually(t, "they are read", func() bool { list, _, _ := l.ring.readAfter(begin, 10); return len(list) == 3 })
	if n := hydrated.Load(); n != 0 {
		t.Errorf("%d events were hydrated without a subscriber", n)
	}

	for range 2 {
		s := subscribe(t, l, begin.String(), chainFilter())
		batch, err := s.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var got []any
		for _, e := range batch {
			got = append(got, e.References)
		}
		if diff := cmp.Diff([]any{"1", "2", "3"}, got); diff != "" {
			t.Error(diff)
		}
	}
	writeEvents(t, pool, north, 4)
	eventually(t, "the next event is hydrated at once", func() bool { return hydrated.Load() == 4 })
}

func TestReadAfterReadsTheEndOfTheLogFromMemory(t *testing.T) {
	t.Parallel()
	pool := openPool(t, pgtest.New(t))
	l := newTestLog(t, pool, func(c *Config) { c.MaxEvents = 5 })
	writeEvents(t, pool, north, 1, 2, 3)
	before := waitUntilSettled(t, l, 3)
	startLog(t, l)
	writeEvents(t, pool, south, 4, 5, 6)
	newest := waitUntilSettled(t, l, 6)[5].Position
	eventually(t, "they are read", func() bool { return l.Position() == newest })

	for _, test := range []struct {
		name       string
		at         store.Position
		limit      int32
		want       []int
		statements int
	}{
		{"before the ring began", before[0].Position, 10, []int{2, 3, 4, 5, 6}, 2},
		{"where it began", before[2].Position, 10, []int{4, 5, 6}, 0},
		{"some of it", before[2].Position, 2, []int{4, 5}, 0},
		{"the end", newest, 10, nil, 0},
	} {
		ctx, sent := store.WithStatementCounter(t.Context())
		list, upTo, err := l.ReadAfter(ctx, test.at, test.limit)
		if err != nil {
			t.Fatal(test.name, err)
		}
		var got []int
		for _, e := range list {
			got = append(got, decodeNumber(t, e))
		}
		end := newest
		if len(list) == int(test.limit) {
			end = list[len(list)-1].Position
		}
		if !slices.Equal(got, test.want) || upTo != end || sent.Count() != test.statements {
			t.Errorf("%s: got %v up to %v with %d statements", test.name, got, upTo, sent.Count())
		}
	}

	writeEvents(t, pool, north, sequence(7, 12)...)
	eventually(t, "the oldest are evicted", func() bool { _, _, known := l.ring.readAfter(before[2].Position, 1); return !known })
	if list, _, err := l.ReadAfter(t.Context(), before[2].Position, 100); err != nil || len(list) < 3 || decodeNumber(t, list[0]) != 4 {
		t.Errorf("after eviction: %v, %v", list, err)
	}
	if _, _, err := l.ReadAfter(t.Context(), store.Position{XID: 1, Seq: 1}, 10); !NeedsResync(err) {
		t.Errorf("after an unknown position: %v", err)
	}
}
