package events

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	goredis "github.com/redis/go-redis/v9"

	"aisle/store"
	"aisle/store/redis"
)

// keepWrites is how long it is known of a write on another node that it was made: longer than a log is held back.
const keepWrites = 10 * time.Minute

// WriteTracker knows who has written something that this node has not read in the log yet, here or on another node: what is kept in
// memory does not show them their own write. Of other nodes it knows by Redis: without it a write there may be missed until it
// is read, which takes no longer than Config.Poll.
type WriteTracker struct {
	log     *Log
	redis   goredis.UniversalClient // nil for none
	breaker *redis.Breaker
	asked   chan question
	alone   atomic.Bool // no other node is there to write

	mu  sync.Mutex
	own map[uuid.UUID]store.Position // of what was written here and is not read yet, by who wrote it
}

// question is one viewer's, and where the answer goes.
type question struct {
	viewer uuid.UUID
	answer chan store.Position
}

// NewWriteTracker makes a node's, for a log that it reads.
func NewWriteTracker(log *Log, client goredis.UniversalClient, breaker *redis.Breaker) *WriteTracker {
	return &WriteTracker{log: log, redis: client, breaker: breaker, asked: make(chan question, mostAsked), own: map[uuid.UUID]store.Position{}}
}

const (
	mostAsked       = 256              // viewers that Redis is asked about at once
	longestQuestion = 10 * time.Second // what Redis takes is bounded by its breaker, and is shorter
)

// newerWrite keeps the later of two positions, which are written so that they sort as text.
//
//nolint:gochecknoglobals // a constant
var newerWrite = goredis.NewScript(`
local kept = redis.call('GET', KEYS[1])
if not kept or kept < ARGV[1] then redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2]) end
return 0`)

// RecordWrite notes that somebody wrote, and where in the log. Other nodes, if there are any, know when it returns, unless Redis is away.
func (w *WriteTracker) RecordWrite(ctx context.Context, viewer uuid.UUID, at store.Position) {
	w.mu.Lock()
	end := w.log.Position()
	for id, position := range w.own {
		if !end.Before(position) {
			delete(w.own, id)
		}
	}
	w.own[viewer] = latest(at, w.own[viewer])
	w.mu.Unlock()
	if w.redis == nil || w.alone.Load() {
		return
	}
	_ = w.breaker.Do(context.WithoutCancel(ctx), func(ctx context.Context) error { // who sent the command may be gone
		return newerWrite.Run(ctx, w.redis, []string{writeKey(viewer)}, sortable(at), keepWrites.Milliseconds()).Err()
	})
}

// HasUnreadWrite reports whether the viewer has written something that this node has not read yet.
func (w *WriteTracker) HasUnreadWrite(ctx context.Context, viewer uuid.UUID) bool {
	w.mu.Lock()
	at, here := w.own[viewer]
	w.mu.Unlock()
	if here && w.log.Position().Before(at) {
		return true
	}
	return !w.alone.Load() && w.log.Position().Before(w.elsewhere(ctx, viewer))
}

// elsewhere is the position of the viewer's last write that Redis knows of; the zero one for none.
func (w *WriteTracker) elsewhere(ctx context.Context, viewer uuid.UUID) store.Position {
	if w.redis == nil {
		return store.Position{}
	}
	ctx, cancel := context.WithTimeout(ctx, longestQuestion)
	defer cancel()
	q := question{viewer, make(chan store.Position, 1)}
	select {
	case w.asked <- q:
	case <-ctx.Done():
		return store.Position{}
	}
	select {
	case at := <-q.answer:
		return at
	case <-ctx.Done():
		return store.Position{}
	}
}

// Run asks Redis, about all who wait at once, until ctx ends.
func (w *WriteTracker) Run(ctx context.Context) error {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	quiet := 0 // how often in a row this node was the only one
	for {
		select {
		case q := <-w.asked:
			w.ask(ctx, q)
		case <-tick.C:
			quiet++
			if !w.isOnly(ctx) {
				quiet = 0
			}
			w.alone.Store(quiet >= longAlone)
		case <-ctx.Done():
			return nil
		}
	}
}

// longAlone is for how many seconds a node has been the only one before it stops to ask what others wrote, and to tell them: they
// may be connecting again.
const longAlone = 10

// isOnly reports whether nobody else listens to the doorbell, as each node does. A cluster cannot tell.
func (w *WriteTracker) isOnly(ctx context.Context) bool {
	single, ok := w.redis.(*goredis.Client)
	if !ok {
		return false
	}
	only := false
	err := w.breaker.Do(ctx, func(ctx context.Context) error {
		listeners, err := single.PubSubNumSub(ctx, doorbell).Result()
		only = listeners[doorbell] == 1
		return err //nolint:wrapcheck // the breaker counts it
	})
	return err == nil && only
}

func (w *WriteTracker) ask(ctx context.Context, first question) {
	waiting := len(w.asked)
	questions, keys := make([]question, 1, 1+waiting), make([]string, 1, 1+waiting)
	questions[0], keys[0] = first, writeKey(first.viewer)
	for range waiting {
		q := <-w.asked
		questions, keys = append(questions, q), append(keys, writeKey(q.viewer))
	}
	found := make([]store.Position, len(questions))
	_ = w.breaker.Do(ctx, func(ctx context.Context) error { // without an answer it is none
		values, err := w.redis.MGet(ctx, keys...).Result()
		if err != nil {
			return err //nolint:wrapcheck // the breaker counts it
		}
		for i, value := range values {
			found[i] = unsortable(value)
		}
		return nil
	})
	for i, q := range questions {
		q.answer <- found[i]
	}
}

// writeKey is one for all nodes. Those of all viewers are in one slot of a cluster, so that they can be asked for at once.
func writeKey(viewer uuid.UUID) string { return "aisle:{wrote}:" + viewer.String() }

func sortable(p store.Position) string { return fmt.Sprintf("%016x%016x", p.XID, p.Seq) }

// unsortable reads what sortable wrote; the zero position from anything else.
func unsortable(value any) (p store.Position) {
	text, _ := value.(string)
	if _, err := fmt.Sscanf(text, "%016x%016x", &p.XID, &p.Seq); err != nil {
		return store.Position{}
	}
	return p
}
