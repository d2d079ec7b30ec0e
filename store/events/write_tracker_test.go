package events

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	goredis "github.com/redis/go-redis/v9"

	"aisle/app/localpg/pgtest"
	"aisle/store"
	"aisle/store/redis"
)

var testViewer = uuid.MustParse("01950000-0000-7000-8000-0000000000a1")

// newTestTracker returns a running tracker with its own breaker.
func newTestTracker(tb testing.TB, l *Log, client goredis.UniversalClient) *WriteTracker {
	tb.Helper()
	w := NewWriteTracker(l, client, redis.NewBreaker(slog.New(slog.DiscardHandler)))
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- w.Run(ctx) }()
	tb.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			tb.Error(err)
		}
	})
	return w
}

// newLogAt returns a log that is read up to a position and whose tailer does not run.
func newLogAt(at store.Position) *Log {
	l := NewLog(Config{Log: slog.New(slog.DiscardHandler)})
	l.ring.reset(at)
	return l
}

func position(xid, seq int64) store.Position { return store.Position{XID: xid, Seq: seq} }

func TestWriteIsUnreadUntilTheTailerReadsIt(t *testing.T) {
	t.Parallel()
	pool := openPool(t, pgtest.New(t))
	var position store.Position
	commands := store.NewCommandRunner(pool, time.Now, func(_ context.Context, _ uuid.UUID, last store.Position) { position = last })
	l := newTestLog(t, pool)
	stop := startLog(t, l)
	w := newTestTracker(t, l, nil)
	stop() // so that the write stays unread
	_, err := store.Run(t.Context(), commands, store.Command{Name: "test", ActorID: testViewer},
		func(_ context.Context, tx *store.Tx) (int, error) {
			tx.Emit(newTestEvent(north, 1).Event)
			return 0, nil
		})
	if err != nil {
		t.Fatal(err)
	}

	w.RecordWrite(t.Context(), testViewer, position)

	if !w.HasUnreadWrite(t.Context(), testViewer) {
		t.Error("the unread write is not reported")
	}
	if w.HasUnreadWrite(t.Context(), uuid.New()) {
		t.Error("another viewer's write is reported")
	}
}

func TestWriteIsForgottenOnceRead(t *testing.T) {
	t.Parallel()
	l := newLogAt(position(10, 1))
	w := newTestTracker(t, l, nil)
	w.RecordWrite(t.Context(), testViewer, position(10, 2))
	if !w.HasUnreadWrite(t.Context(), testViewer) {
		t.Error("before it is read")
	}

	l.ring.reset(position(10, 2))

	if w.HasUnreadWrite(t.Context(), testViewer) {
		t.Error("after it was read")
	}
	w.RecordWrite(t.Context(), uuid.New(), position(11, 1))
	if n := len(w.own); n != 1 {
		t.Errorf("%d writes are recorded, want the unread one", n)
	}
}

func TestWriteIsUnreadOnAnotherNode(t *testing.T) {
	t.Parallel()
	server := newRedis(t)
	behind := newLogAt(position(10, 1))
	here, there := newTestTracker(t, newLogAt(position(10, 1)), server.client(t)), newTestTracker(t, behind, server.client(t))
	if there.HasUnreadWrite(t.Context(), testViewer) {
		t.Fatal("nothing was written")
	}

	here.recordWriteUntilStored(t, testViewer, position(10, 300))

	eventually(t, "the other node knows", func() bool { return there.HasUnreadWrite(t.Context(), testViewer) })
	behind.ring.reset(position(10, 300))
	if there.HasUnreadWrite(t.Context(), testViewer) {
		t.Error("it is reported after the other node has read it")
	}
}

func TestSingleNodeDoesNotUseRedis(t *testing.T) {
	t.Parallel()
	w := NewWriteTracker(newLogAt(position(10, 1)), newRedis(t).client(t), redis.NewBreaker(slog.New(slog.DiscardHandler)))
	w.alone.Store(true)

	w.RecordWrite(t.Context(), testViewer, position(10, 2))

	if stored := w.redis.Get(t.Context(), writeKey(testViewer)).Val(); stored != "" || !w.HasUnreadWrite(t.Context(), testViewer) {
		t.Errorf("Redis has %q, want nothing, and the write reported on this node", stored)
	}
	w.alone.Store(false)
	w.recordWriteUntilStored(t, testViewer, position(10, 3))
}

func TestLaterWriteWinsInAnyOrder(t *testing.T) {
	t.Parallel()
	server := newRedis(t)
	client := server.client(t)
	// The positions sort differently as numbers and as decimal text.
	for name, order := range map[string][]store.Position{
		"in their order": {position(9, 20), position(10, 3)}, "the other way round": {position(10, 3), position(9, 20)},
		"of one transaction": {position(10, 3), position(10, 2)}, "large": {position(1<<40, 1), position(10, 3)},
	} {
		latest, who := order[0], uuid.New()
		if latest.Before(order[1]) {
			latest = order[1]
		}
		l := newLogAt(store.Position{XID: latest.XID, Seq: latest.Seq - 1})
		here, there := newTestTracker(t, l, client), newTestTracker(t, l, client)

		for _, position := range order {
			here.recordWriteUntilStored(t, who, position)
		}

		if stored := decodePosition(client.Get(t.Context(), writeKey(who)).Val()); stored != latest {
			t.Errorf("%s: Redis has %v, want %v", name, stored, latest)
		}
		if !here.HasUnreadWrite(t.Context(), who) {
			t.Errorf("%s: it is not reported where it was written", name)
		}
		eventually(t, name, func() bool { return there.HasUnreadWrite(t.Context(), who) })
	}
}

// recordWriteUntilStored records a write until Redis has it: the breaker gives Redis little time while other tests run.
func (w *WriteTracker) recordWriteUntilStored(tb testing.TB, viewer uuid.UUID, position store.Position) {
	tb.Helper()
	eventually(tb, "Redis knows of the write", func() bool {
		w.RecordWrite(tb.Context(), viewer, position)
		return !decodePosition(w.redis.Get(tb.Context(), writeKey(viewer)).Val()).Before(position)
	})
}

func TestTrackerWorksWithoutRedis(t *testing.T) {
	t.Parallel()
	const tries = 1000
	for name, client := range map[string]goredis.UniversalClient{"none": nil, "a dead one": deadRedis(t)} {
		w := newTestTracker(t, newLogAt(position(10, 1)), client)
		started := time.Now()

		for range tries {
			w.RecordWrite(t.Context(), testViewer, position(10, 2))
			if !w.HasUnreadWrite(t.Context(), testViewer) {
				t.Errorf("%s: a write of this node is not reported", name)
			}
			if w.HasUnreadWrite(t.Context(), uuid.New()) {
				t.Errorf("%s: a write is reported that nobody made", name)
			}
		}

		// The breaker opens after three calls of up to 50 ms each. Without it there would be 1,000 of them and more.
		if took := time.Since(started); took > 20*time.Second {
			t.Errorf("%s: it took %v", name, took)
		}
	}
}

// deadRedis returns a client of a Redis that was killed.
func deadRedis(tb testing.TB) goredis.UniversalClient {
	tb.Helper()
	server := newRedis(tb)
	client := server.client(tb)
	server.kill()
	return client
}

func TestLookupsAreSentTogether(t *testing.T) {
	t.Parallel()
	const many = 200
	server := newRedis(t)
	client := server.client(t)
	commands := &commandCounter{}
	client.AddHook(commands)
	w := NewWriteTracker(newLogAt(position(10, 1)), client, redis.NewBreaker(slog.New(slog.DiscardHandler)))
	viewers := make([]uuid.UUID, many)
	for i := range viewers {
		viewers[i] = uuid.New()
		if i%2 == 0 { // storedEvent on another node
			client.Set(t.Context(), writeKey(viewers[i]), encodePosition(position(10, 2)), 0)
		}
	}
	unread := make([]bool, many)
	var asking sync.WaitGroup
	for i, id := range viewers {
		asking.Go(func() { unread[i] = w.HasUnreadWrite(t.Context(), id) })
	}
	eventually(t, "all wait", func() bool { return len(w.lookups) == many })

	w.sendLookups(t.Context(), <-w.lookups)

	asking.Wait()
	for i, got := range unread {
		if want := i%2 == 0; got != want {
			t.Errorf("viewer %d: unread %v, want %v", i, got, want)
		}
	}
	if commands.mget != 1 {
		t.Errorf("%d MGET commands were sent", commands.mget)
	}
}

// commandCounter counts MGET commands.
type commandCounter struct{ mget int }

func (*commandCounter) DialHook(next goredis.DialHook) goredis.DialHook { return next }

func (c *commandCounter) ProcessHook(next goredis.ProcessHook) goredis.ProcessHook {
	return func(ctx context.Context, cmd goredis.Cmder) error {
		if cmd.Name() == "mget" {
			c.mget++
		}
		return next(ctx, cmd)
	}
}

func (*commandCounter) ProcessPipelineHook(next goredis.ProcessPipelineHook) goredis.ProcessPipelineHook {
	return next
}

func TestLookupEndsWithItsContext(t *testing.T) {
	t.Parallel()
	w := NewWriteTracker(newLogAt(position(10, 1)), deadRedis(t), redis.NewBreaker(slog.New(slog.DiscardHandler)))
	ctx, cancel := context.WithCancel(t.Context())
	result := make(chan bool, 1)
	go func() { result <- w.HasUnreadWrite(ctx, testViewer) }()
	eventually(t, "it asks", func() bool { return len(w.lookups) == 1 })

	cancel()

	select {
	case unread := <-result:
		if unread {
			t.Error("a write is reported that nobody made")
		}
	case <-time.After(testTimeout):
		t.Error("it still waits")
	}
}

func TestDecodePositionRejectsOtherText(t *testing.T) {
	t.Parallel()
	for _, value := range []any{nil, "", "x", 5, encodePosition(position(10, 2))[:16]} {
		if got := decodePosition(value); got != (store.Position{}) {
			t.Errorf("%v: %v", value, got)
		}
	}
	if got := decodePosition(encodePosition(position(1<<40, 7))); got != position(1<<40, 7) {
		t.Errorf("%v", got)
	}
}
