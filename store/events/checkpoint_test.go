package events

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"aisle/app/localpg/pgtest"
	"aisle/store"
	"aisle/store/postgres"
)

// A steppedLog is a log whose tailer runs only when the test says so, with a clock of its own.
type steppedLog struct {
	*Log

	pool *postgres.Pool
	now  time.Time
}

func newSteppedLog(tb testing.TB, pool *postgres.Pool, change ...func(*Config)) *steppedLog {
	tb.Helper()
	l := &steppedLog{pool: pool, now: time.Now()}
	l.Log = newTestLog(tb, pool, append(change, func(c *Config) { c.Now = func() time.Time { return l.now } })...)
	l.step(tb)
	return l
}

// step runs the tailer once.
func (l *steppedLog) step(tb testing.TB) {
	tb.Helper()
	if _, _, err := l.tailer.step(tb.Context()); err != nil {
		tb.Fatal(err)
	}
}

// write writes an event and runs the tailer until it has read it.
func (l *steppedLog) write(tb testing.TB, e testEvent) store.Position {
	tb.Helper()
	before := l.Position()
	if err := insertEvents(tb.Context(), l.pool, e); err != nil {
		tb.Fatal(err)
	}
	eventually(tb, "the event is read", func() bool { l.step(tb); return before.Before(l.Position()) })
	return l.Position()
}

// wait advances the clock and runs the tailer.
func (l *steppedLog) wait(tb testing.TB, d time.Duration) {
	tb.Helper()
	l.now = l.now.Add(d)
	l.step(tb)
}

// next returns what the subscription has for the client already.
func next(tb testing.TB, s *Subscription) []*Event {
	tb.Helper()
	ended, cancel := context.WithCancel(tb.Context())
	cancel()
	batch, err := s.Next(ended)
	if err != nil && !errors.Is(err, context.Canceled) {
		tb.Fatal(err)
	}
	return batch
}

func TestSubscriptionWithoutEventsGetsACheckpointEachMinuteWhileTheLogAdvances(t *testing.T) {
	t.Parallel()
	l := newSteppedLog(t, openPool(t, pgtest.New(t)))
	first := l.write(t, newTestEvent(north, 1))
	s := subscribe(t, l.Log, first.String(), chainFilter(north))
	expect := func(what string, want ...store.Position) {
		t.Helper()
		var got []store.Position
		for _, e := range next(t, s) {
			if e.Type != store.EventCheckpoint || !e.OccurredAt.Equal(l.now) {
				t.Errorf("%s: a %s at %v", what, e.Type, e.OccurredAt)
			}
			got = append(got, e.Position)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: checkpoints at %v, want %v", what, got, want)
		}
	}

	l.wait(t, time.Minute)
	expect("the log has not advanced")
	second := l.write(t, newTestEvent(south, 2))
	l.wait(t, 59*time.Second)
	expect("after 59 s")
	l.wait(t, time.Second)
	expect("after a minute", second)
	expect("once")
	l.wait(t, time.Minute)
	expect("the log has not advanced again")
	third := l.write(t, newTestEvent(south, 3))
	l.wait(t, time.Minute)
	expect("after another minute", third)
}

// A client that started without a cursor needs one, to continue after a disconnect.
func TestSubscriptionWithoutAPositionGetsACheckpointInAQuietLog(t *testing.T) {
	t.Parallel()
	l := newSteppedLog(t, openPool(t, pgtest.New(t)))
	inEmptyLog := subscribe(t, l.Log, "", chainFilter(north))
	l.wait(t, time.Minute)
	first, again := next(t, inEmptyLog), next(t, inEmptyLog)
	at := l.write(t, newTestEvent(south, 1))
	atItsEnd := subscribe(t, l.Log, "", chainFilter(north))
	l.wait(t, time.Minute)
	second := next(t, atItsEnd)

	for _, c := range []struct {
		got  []*Event
		want store.Position
	}{{first, store.Position{}}, {second, at}} {
		if len(c.got) != 1 || c.got[0].Type != store.EventCheckpoint || c.got[0].Position != c.want {
			t.Errorf("got %v, want a checkpoint at %v", c.got, c.want)
		}
	}
	if len(again) != 0 {
		t.Errorf("the log did not advance, and it got %v", again)
	}
}

func TestEventTakesThePlaceOfACheckpoint(t *testing.T) {
	t.Parallel()
	l := newSteppedLog(t, openPool(t, pgtest.New(t)))
	s := subscribe(t, l.Log, "", chainFilter(north))
	l.write(t, newTestEvent(south, 1))
	l.wait(t, time.Minute)
	at := l.write(t, newTestEvent(north, 2))

	first, second := next(t, s), next(t, s)

	if len(first) != 1 || first[0].Type != store.EventTaskStarted || first[0].Position != at || len(second) != 0 {
		t.Errorf("got %v, then %v", first, second)
	}
}

func TestCheckpointsAtOnePositionHaveOneID(t *testing.T) {
	t.Parallel()
	l := newSteppedLog(t, openPool(t, pgtest.New(t)))
	a, b := subscribe(t, l.Log, "", chainFilter(north)), subscribe(t, l.Log, "", chainFilter(east))
	l.write(t, newTestEvent(south, 1))
	l.wait(t, time.Minute)
	one, other := next(t, a), next(t, b)
	l.write(t, newTestEvent(south, 2))
	l.wait(t, time.Minute)
	later := next(t, a)

	if len(one) != 1 || len(other) != 1 || len(later) != 1 || one[0].ID != other[0].ID || later[0].ID == one[0].ID {
		t.Errorf("got %v, %v and later %v", one, other, later)
	}
}

func TestCheckpointOutlivesTheLastEventOfASubscription(t *testing.T) {
	t.Parallel()
	pool := openPool(t, pgtest.New(t))
	_, then := addPartition(t, pool, 40)
	l := newSteppedLog(t, pool)
	last := l.write(t, testEvent{newTestEvent(north, 1).Event, then})
	l.write(t, testEvent{newTestEvent(south, 2).Event, then})
	s := subscribe(t, l.Log, last.String(), chainFilter(north))
	l.write(t, newTestEvent(south, 3))
	l.wait(t, time.Minute)
	checkpoints := next(t, s)
	s.Close()

	maintain(t, l.Log)

	restarted := newSteppedLog(t, pool)
	if _, err := restarted.Subscribe(t.Context(), last.String(), chainFilter(north)); !errors.Is(err, ErrPositionExpired) {
		t.Errorf("after the last event: %v, want that it needs a resync", err)
	}
	again := subscribe(t, l.Log, checkpoints[0].String(), chainFilter(north))
	onAnotherNode := subscribe(t, restarted.Log, checkpoints[0].String(), chainFilter(north))
	l.write(t, newTestEvent(north, 4))
	restarted.step(t)
	if got := readNumbers(t, again, 1); !slices.Equal(got, []int{4}) {
		t.Errorf("after the checkpoint: %v", got)
	}
	if got := readNumbers(t, onAnotherNode, 1); !slices.Equal(got, []int{4}) {
		t.Errorf("after the checkpoint, on another node: %v", got)
	}
}

// Transactions commit in another order than they begin. A subscriber that continues after each checkpoint misses nothing.
func TestCheckpointsSkipNoEventUnderConcurrentWrites(t *testing.T) {
	t.Parallel()
	const writers, transactions = 6, 30
	for name, maxEvents := range map[string]int{"in the ring": 0, "behind the ring": 2} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pool := openPool(t, pgtest.New(t))
			l := newTestLog(t, pool, func(c *Config) { c.CheckpointInterval, c.MaxEvents = time.Nanosecond, maxEvents })
			startLog(t, l)
			s := subscribe(t, l, "", chainFilter(north))
			var group errgroup.Group
			for w := range writers {
				random := rand.New(rand.NewPCG(uint64(w), 0))
				group.Go(func() error {
					for n := range transactions {
						if err := writeSlowly(t.Context(), pool, random, w*transactions+n); err != nil {
							return fmt.Errorf("writer %d: %w", w, err)
						}
					}
					return nil
				})
			}

			var got []int
			var last store.Position
			checkpoints := 0
			ctx, cancel := context.WithTimeout(t.Context(), testTimeout)
			defer cancel()
			for len(got) < writers*transactions || checkpoints == 0 { // the last transaction ends with an event of another store
				batch, err := s.Next(ctx)
				if err != nil {
					t.Fatalf("after %d events and %d checkpoints: %v", len(got), checkpoints, err)
				}
				for _, e := range batch {
					if isCheckpoint := e.Type == store.EventCheckpoint; e.Before(last) || !isCheckpoint && e.Position == last {
						t.Fatalf("a %s at %v after %v", e.Type, e.Position, last)
					}
					last = e.Position
					if e.Type == store.EventCheckpoint {
						checkpoints++
						s.Close()
						s = subscribe(t, l, e.String(), chainFilter(north))
					} else {
						got = append(got, decodeNumber(t, e))
					}
				}
			}
			if err := group.Wait(); err != nil {
				t.Fatal(err)
			}

			slices.Sort(got)
			if !slices.Equal(got, sequence(0, writers*transactions-1)) {
				t.Errorf("got %v, want each number once", got)
			}
		})
	}
}

// writeSlowly writes, in a transaction that lasts, an event of the store north among others.
func writeSlowly(ctx context.Context, pool *postgres.Pool, random *rand.Rand, number int) error {
	tx, err := pool.Begin(ctx)
	if err != nil {
		return err
	}
	defer tx.Rollback(context.WithoutCancel(ctx))
	for _, e := range []testEvent{newTestEvent(south, 0), newTestEvent(north, number), newTestEvent(south, 0)} {
		if err := insertEvents(ctx, tx, e); err != nil {
			return err
		}
		store.SleepContext(ctx, time.Duration(random.IntN(3))*time.Millisecond)
	}
	return tx.Commit(ctx)
}
