package events

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"aisle/app/localpg/pgtest"
)

// as reads the log as somebody whose lag is a figure.
func (f Filter) as(reader string) Filter {
	f.Reader = reader
	return f
}

// happened gives an event its time, in seconds after 1970.
func happened(e *Event, second int64) *Event {
	e.OccurredAt = time.Unix(second, 0)
	return e
}

func TestFiguresSayWhereSubscribersAre(t *testing.T) {
	t.Parallel()
	now := time.Unix(90, 0)
	l := NewLog(Config{Now: func() time.Time { return now }})
	now = time.Unix(100, 0)
	l.ring = newTestRing(2, at(11, north), happened(at(12, south), 40), at(13, north))
	if got := l.Stats().Lag; got != 10*time.Second {
		t.Errorf("before it has read anything it is %v behind", got)
	}
	l.current.Store(time.Unix(97, 0).UnixNano())
	follow(l.ring, 13, all())        // has all
	follow(l.ring, 12, all(south))   // has all that is for it
	follow(l.ring, 12, all(north))   // has something to read
	follow(l.ring, 10, all(north))   // has missed what is in memory no more
	follow(l.ring, 13, all()).ring() // was woken for nothing

	got := l.Stats()

	want := Stats{
		Lag: 3 * time.Second, Events: 2, Bytes: l.ring.bytes, OldestAge: time.Minute, CaughtUp: 3, ReadingMemory: 1, ReadingTable: 1,
		ReaderLags: map[string]time.Duration{},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// clock is one that a test moves while others look at it.
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

func TestAReaderIsAsFarBehindAsTheOldestEventThatItWasNotGiven(t *testing.T) {
	t.Parallel()
	pool := openPool(t, pgtest.New(t))
	now := newClock()
	l := newTestLog(t, pool, func(c *Config) { c.Now = now.read })
	lag := func() time.Duration { return l.Stats().ReaderLags["erp"].Round(time.Minute) }
	run(t, l)
	s := subscribe(t, l, "", system(north).as("erp"))
	nobody := subscribe(t, l, "", system(north))
	write(t, pool, north, 1)
	numbers(t, s, 1)
	write(t, pool, south, 2)
	write(t, pool, north, 3)
	numbers(t, nobody, 2) // so the node has read them

	now.add(time.Hour)
	if got := lag(); got != time.Hour {
		t.Errorf("with one event to come it is %v behind", got)
	}
	numbers(t, s, 1)
	if got := lag(); got != 0 {
		t.Errorf("with none it is %v behind", got)
	}
	s.Close()
	write(t, pool, north, 4)
	numbers(t, nobody, 1)
	now.add(time.Hour)
	if got := lag(); got != 2*time.Hour {
		t.Errorf("when it is gone it is %v behind", got)
	}
	back := subscribe(t, l, s.place().String(), system(north).as("erp"))
	numbers(t, back, 1)
	if got := lag(); got != 0 {
		t.Errorf("when it came back it is %v behind", got)
	}
	back.Close()
	now.add(25 * time.Hour)
	if got := l.Stats().ReaderLags; len(got) != 0 {
		t.Errorf("it is not forgotten: %v", got)
	}
}

func TestWhoReadsPartByPartIsAReaderToo(t *testing.T) {
	t.Parallel()
	pool := openPool(t, pgtest.New(t))
	now := newClock()
	l := newTestLog(t, pool, func(c *Config) { c.Now = now.read })
	run(t, l)
	follower := subscribe(t, l, "", system())
	write(t, pool, north, 1, 2)
	write(t, pool, south, 3)
	numbers(t, follower, 3)

	first, err := l.ReadChanges(t.Context(), system(north).as("erp"), "", 1)
	if err != nil {
		t.Fatal(err)
	}
	now.add(time.Hour)
	before := l.Stats().ReaderLags["erp"].Round(time.Minute)
	if _, err := l.ReadChanges(t.Context(), system(north).as("erp"), first.Cursor, 1); err != nil {
		t.Fatal(err)
	}

	if after := l.Stats().ReaderLags["erp"]; before != time.Hour || after != 0 {
		t.Errorf("%v behind, then %v", before, after)
	}
}
