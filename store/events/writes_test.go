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

var somebody = uuid.MustParse("01950000-0000-7000-8000-0000000000a1")

// newWrites is a node's Writes with a breaker of its own, over a log whose end the test moves.
func newWrites(tb testing.TB, l *Log, client goredis.UniversalClient) *WriteTracker {
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

// endingAt is a log that nobody reads, and that was read up to a position.
func endingAt(at store.Position) *Log {
	l := NewLog(Config{Log: slog.New(slog.DiscardHandler)})
	l.ring.start(at)
	return l
}

func place(xid, seq int64) store.Position { return store.Position{XID: xid, Seq: seq} }

func TestAWriteIsUnseenUntilTheLogIsReadPastIt(t *testing.T) {
	t.Parallel()
	pool := openPool(t, pgtest.New(t))
	var position store.Position
	commands := store.NewCommandRunner(pool, time.Now, func(_ context.Context, _ uuid.UUID, last store.Position) { position = last })
	l := newTestLog(t, pool)
	stop := run(t, l)
	w := newWrites(t, l, nil)
	stop() // so that it is not read yet
	_, err := store.Run(t.Context(), commands, store.Command{Name: "test", ActorID: somebody},
		func(_ context.Context, tx *store.Tx) (int, error) {
			tx.Emit(of(north, 1).Event)
			return 0, nil
		})
	if err != nil {
		t.Fatal(err)
	}

	w.RecordWrite(t.Context(), somebody, position)

	if !w.HasUnreadWrite(t.Context(), somebody) {
		t.Error("the write is not read yet, and is not told")
	}
	if w.HasUnreadWrite(t.Context(), uuid.New()) {
		t.Error("who wrote nothing is told of another's write")
	}
}

func TestAWriteThatWasReadIsNoLongerUnseen(t *testing.T) {
	t.Parallel()
	l := endingAt(place(10, 1))
	w := newWrites(t, l, nil)
	w.RecordWrite(t.Context(), somebody, place(10, 2))
	if !w.HasUnreadWrite(t.Context(), somebody) {
		t.Error("before it is read")
	}

	l.ring.start(place(10, 2))

	if w.HasUnreadWrite(t.Context(), somebody) {
		t.Error("after it was read")
	}
	w.RecordWrite(t.Context(), uuid.New(), place(11, 1))
	if n := len(w.own); n != 1 {
		t.Errorf("%d writes are remembered, want that which is not read", n)
	}
}

func TestAWriteIsUnseenOnAnotherNode(t *testing.T) {
	t.Parallel()
	server := newRedis(t)
	behind := endingAt(place(10, 1))
	here, there := newWrites(t, endingAt(place(10, 1)), server.client(t)), newWrites(t, behind, server.client(t))
	if there.HasUnreadWrite(t.Context(), somebody) {
		t.Fatal("nothing was written")
	}

	here.wroteSurely(t, somebody, place(10, 300))

	eventually(t, "the other node knows", func() bool { return there.HasUnreadWrite(t.Context(), somebody) })
	behind.ring.start(place(10, 300))
	if there.HasUnreadWrite(t.Context(), somebody) {
		t.Error("the other node has read it")
	}
}

func TestANodeThatIsAloneTellsRedisOfNoWrite(t *testing.T) {
	t.Parallel()
	w := NewWriteTracker(endingAt(place(10, 1)), newRedis(t).client(t), redis.NewBreaker(slog.New(slog.DiscardHandler)))
	w.alone.Store(true)

	w.RecordWrite(t.Context(), somebody, place(10, 2))

	if kept := w.redis.Get(t.Context(), writeKey(somebody)).Val(); kept != "" || !w.HasUnreadWrite(t.Context(), somebody) {
		t.Errorf("Redis has %q, want nothing, and the write known here", kept)
	}
	w.alone.Store(false)
	w.wroteSurely(t, somebody, place(10, 3))
}

func TestTheLaterWriteWinsInWhateverOrderTheyCome(t *testing.T) {
	t.Parallel()
	server := newRedis(t)
	client := server.client(t)
	// As numbers the later ones are so, and not as text of their digits.
	for name, order := range map[string][]store.Position{
		"in their order": {place(9, 20), place(10, 3)}, "the other way round": {place(10, 3), place(9, 20)},
		"of one transaction": {place(10, 3), place(10, 2)}, "large": {place(1<<40, 1), place(10, 3)},
	} {
		latest, who := order[0], uuid.New()
		if latest.Before(order[1]) {
			latest = order[1]
		}
		l := endingAt(store.Position{XID: latest.XID, Seq: latest.Seq - 1})
		here, there := newWrites(t, l, client), newWrites(t, l, client)

		for _, position := range order {
			here.wroteSurely(t, who, position)
		}

		if kept := unsortable(client.Get(t.Context(), writeKey(who)).Val()); kept != latest {
			t.Errorf("%s: Redis has %v, want %v", name, kept, latest)
		}
		if !here.HasUnreadWrite(t.Context(), who) {
			t.Errorf("%s: it is seen where it was written", name)
		}
		eventually(t, name, func() bool { return there.HasUnreadWrite(t.Context(), who) })
	}
}

// wroteSurely notes a write again until Redis has it: it has little time to answer while other tests run.
func (w *WriteTracker) wroteSurely(tb testing.TB, viewer uuid.UUID, position store.Position) {
	tb.Helper()
	eventually(tb, "Redis knows of the write", func() bool {
		w.RecordWrite(tb.Context(), viewer, position)
		return !unsortable(w.redis.Get(tb.Context(), writeKey(viewer)).Val()).Before(position)
	})
}

func TestWithoutRedisNothingFailsOrWaits(t *testing.T) {
	t.Parallel()
	const tries = 100
	for name, client := range map[string]goredis.UniversalClient{"none": nil, "a dead one": deadRedis(t)} {
		w := newWrites(t, endingAt(place(10, 1)), client)
		started := time.Now()

		for range tries {
			w.RecordWrite(t.Context(), somebody, place(10, 2))
			if !w.HasUnreadWrite(t.Context(), somebody) {
				t.Errorf("%s: a write of this node is not told", name)
			}
			if w.HasUnreadWrite(t.Context(), uuid.New()) {
				t.Errorf("%s: a write is told that nobody made", name)
			}
		}

		// Three questions are asked before Redis is left alone, of 50 ms each at most.
		if took := time.Since(started); took > 3*time.Second {
			t.Errorf("%s: it took %v", name, took)
		}
	}
}

// deadRedis is a client of one that was killed.
func deadRedis(tb testing.TB) goredis.UniversalClient {
	tb.Helper()
	server := newRedis(tb)
	client := server.client(tb)
	server.kill()
	return client
}

func TestManyAreAnsweredAtOnce(t *testing.T) {
	t.Parallel()
	const many = 200
	server := newRedis(t)
	client := server.client(t)
	questions := &commandCounter{}
	client.AddHook(questions)
	w := NewWriteTracker(endingAt(place(10, 1)), client, redis.NewBreaker(slog.New(slog.DiscardHandler)))
	viewers := make([]uuid.UUID, many)
	for i := range viewers {
		viewers[i] = uuid.New()
		if i%2 == 0 { // written on another node
			client.Set(t.Context(), writeKey(viewers[i]), sortable(place(10, 2)), 0)
		}
	}
	unseen := make([]bool, many)
	var asking sync.WaitGroup
	for i, id := range viewers {
		asking.Go(func() { unseen[i] = w.HasUnreadWrite(t.Context(), id) })
	}
	eventually(t, "all wait", func() bool { return len(w.asked) == many })

	w.ask(t.Context(), <-w.asked)

	asking.Wait()
	for i, got := range unseen {
		if want := i%2 == 0; got != want {
			t.Errorf("viewer %d: unseen %v, want %v", i, got, want)
		}
	}
	if questions.mget != 1 {
		t.Errorf("Redis was asked %d times", questions.mget)
	}
}

// commandCounter counts the questions that are sent.
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

func TestWhoAsksIsNotHeldUpWhenNobodyAnswers(t *testing.T) {
	t.Parallel()
	w := NewWriteTracker(endingAt(place(10, 1)), deadRedis(t), redis.NewBreaker(slog.New(slog.DiscardHandler)))
	ctx, cancel := context.WithCancel(t.Context())
	answered := make(chan bool, 1)
	go func() { answered <- w.HasUnreadWrite(ctx, somebody) }()
	eventually(t, "it asks", func() bool { return len(w.asked) == 1 })

	cancel()

	select {
	case unseen := <-answered:
		if unseen {
			t.Error("a write is told that nobody made")
		}
	case <-time.After(patient):
		t.Error("it still waits")
	}
}

func TestOtherTextThanAPositionIsNone(t *testing.T) {
	t.Parallel()
	for _, value := range []any{nil, "", "x", 5, sortable(place(10, 2))[:16]} {
		if got := unsortable(value); got != (store.Position{}) {
			t.Errorf("%v: %v", value, got)
		}
	}
	if got := unsortable(sortable(place(1<<40, 7))); got != place(1<<40, 7) {
		t.Errorf("%v", got)
	}
}
