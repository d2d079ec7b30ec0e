package events

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"aisle/app/localpg/pgtest"
)

// withReader names the filter's reader, so that Stats reports its lag.
func (f Filter) withReader(reader string) Filter {
	f.Reader = reader
	return f
}

// occurredAt sets when an event occurred, in Unix seconds.
func occurredAt(e *Event, second int64) *Event {
	e.OccurredAt = time.Unix(second, 0)
	return e
}

func TestStatsCountSubscriptions(t *testing.T) {
	t.Parallel()
	now := time.Unix(90, 0)
	l := NewLog(Config{Now: func() time.Time { return now }})
	now = time.Unix(100, 0)
	l.ring = newTestRing(2, eventAt(11, north), occurredAt(eventAt(12, south), 40), eventAt(13, north))
	if got := l.Stats().Lag; got != 10*time.Second {
		t.Errorf("before the first read the lag is %v", got)
	}
	l.tailer.caughtUpAt.Store(time.Unix(97, 0).UnixNano())
	registerCursor(l.ring, 13, filterStores())          // has all events
	registerCursor(l.ring, 12, filterStores(south))     // has all events that match
	registerCursor(l.ring, 12, filterStores(north))     // has an event to read
	registerCursor(l.ring, 10, filterStores(north))     // misses an evicted event
	registerCursor(l.ring, 13, filterStores()).notify() // was woken without an event

	got := l.Stats()

	want := Stats{
		Lag: 3 * time.Second, Events: 2, Bytes: l.ring.bytes, BufferAge: time.Minute, AtEnd: 3, InBuffer: 1, InTable: 1,
		ReaderLags: map[string]time.Duration{},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// A clock is moved by a test while others read it.
type clock struct{ at atomic.Pointer[time.Time] }

func newClock() *clock {
	c, now := &clock{}, time.Now()
	c.at.Store(&now)
	return c
}

func (c *clock) read() time.Time { return *c.at.Load() }

func (c *clock) add(d time.Duration) {
	later := c.read().Add(d)
	c.at.Store(&later)
}

func TestReaderLagIsTheAgeOfTheOldestUndeliveredEvent(t *testing.T) {
	t.Parallel()
	pool := openPool(t, pgtest.New(t))
	now := newClock()
	l := newTestLog(t, pool, func(c *Config) { c.Now = now.read })
	lag := func() time.Duration { return l.Stats().ReaderLags["erp"].Round(time.Minute) }
	startLog(t, l)
	s := subscribe(t, l, "", chainFilter(north).withReader("erp"))
	unnamed := subscribe(t, l, "", chainFilter(north))
	writeEvents(t, pool, north, 1)
	readNumbers(t, s, 1)
	writeEvents(t, pool, south, 2)
	writeEvents(t, pool, north, 3)
	readNumbers(t, unnamed, 2) // the node has read them

	now.add(time.Hour)
	if got := lag(); got != time.Hour {
		t.Errorf("with one undelivered event the lag is %v", got)
	}
	readNumbers(t, s, 1)
	if got := lag(); got != 0 {
		t.Errorf("with none the lag is %v", got)
	}
	s.Close()
	writeEvents(t, pool, north, 4)
	readNumbers(t, unnamed, 1)
	now.add(time.Hour)
	if got := lag(); got != 2*time.Hour {
		t.Errorf("after it disconnected the lag is %v", got)
	}
	back := subscribe(t, l, s.cursor.at.String(), chainFilter(north).withReader("erp"))
	readNumbers(t, back, 1)
	if got := lag(); got != 0 {
		t.Errorf("after it came back the lag is %v", got)
	}
	back.Close()
	now.add(25 * time.Hour)
	if got := l.Stats().ReaderLags; len(got) != 0 {
		t.Errorf("the reader is still known: %v", got)
	}
}

func TestReadChangesReportsReaderLag(t *testing.T) {
	t.Parallel()
	pool := openPool(t, pgtest.New(t))
	now := newClock()
	l := newTestLog(t, pool, func(c *Config) { c.Now = now.read })
	startLog(t, l)
	follower := subscribe(t, l, "", chainFilter())
	writeEvents(t, pool, north, 1, 2)
	writeEvents(t, pool, south, 3)
	readNumbers(t, follower, 3)

	first, err := l.ReadChanges(t.Context(), chainFilter(north).withReader("erp"), beginning, 1)
	if err != nil {
		t.Fatal(err)
	}
	now.add(time.Hour)
	before := l.Stats().ReaderLags["erp"].Round(time.Minute)
	if _, err := l.ReadChanges(t.Context(), chainFilter(north).withReader("erp"), first.Cursor, 1); err != nil {
		t.Fatal(err)
	}

	if after := l.Stats().ReaderLags["erp"]; before != time.Hour || after != 0 {
		t.Errorf("the lag was %v, then %v", before, after)
	}
}
