package events

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/redis/go-redis/v9"

	"aisle/store"
)

// writeTTL is how long Redis stores the position of a viewer's last write: longer than a long transaction delays the log.
const writeTTL = 10 * time.Minute

// A Breaker runs calls of Redis with a short timeout, and fails them at once while Redis is unavailable. See store/redis.
type Breaker interface {
	Do(ctx context.Context, call func(ctx context.Context) error) error
}

// A WriteTracker knows which viewers have written something that this node has not read from the log yet, so that they read
// their own writes and not an older state in memory. It learns of writes on other nodes from Redis. Without Redis such a
// write can be missed until the tailer reads it, for up to Config.PollInterval.
type WriteTracker struct {
	log     *Log
	redis   redis.UniversalClient // nil for a single node
	breaker Breaker
	lookups chan writeLookup
	alone   atomic.Bool // there is no other node: skip Redis

	mu  sync.Mutex
	own map[uuid.UUID]store.Position // by viewer: the last write on this node that the tailer has not read
}

// A writeLookup asks Redis for the position of a viewer's last write.
type writeLookup struct {
	viewer uuid.UUID
	result chan store.Position
}

// NewWriteTracker returns a tracker for a log that this node reads. Call Run.
func NewWriteTracker(log *Log, client redis.UniversalClient, breaker Breaker) *WriteTracker {
	return &WriteTracker{
		log: log, redis: client, breaker: breaker, lookups: make(chan writeLookup, maxLookups), own: map[uuid.UUID]store.Position{},
	}
}

const (
	maxLookups    = 256              // viewers in one MGET
	lookupTimeout = 10 * time.Second // a safety net: the breaker bounds a call of Redis to much less
)

// setLatest stores the later of two positions. encodePosition makes them sort as text.
//
//nolint:gochecknoglobals // a constant
var setLatest = redis.NewScript(`
local stored = redis.call('GET', KEYS[1])
if not stored or stored < ARGV[1] then redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2]) end
return 0`)

// RecordWrite records the position of a viewer's write. When it returns, the other nodes know of it, unless Redis is
// unavailable.
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
	_ = w.breaker.Do(context.WithoutCancel(ctx), func(ctx context.Context) error { // also if the client has disconnected
		return setLatest.Run(ctx, w.redis, []string{writeKey(viewer)}, encodePosition(at), writeTTL.Milliseconds()).Err()
	})
}

// HasUnreadWrite reports whether the viewer has written something that this node has not read yet.
func (w *WriteTracker) HasUnreadWrite(ctx context.Context, viewer uuid.UUID) bool {
	w.mu.Lock()
	at, ok := w.own[viewer]
	w.mu.Unlock()
	if ok && w.log.Position().Before(at) {
		return true
	}
	return !w.alone.Load() && w.log.Position().Before(w.lookUp(ctx, viewer))
}

// lookUp returns the position of the viewer's last write in Redis; zero for none.
func (w *WriteTracker) lookUp(ctx context.Context, viewer uuid.UUID) store.Position {
	if w.redis == nil {
		return store.Position{}
	}
	ctx, cancel := context.WithTimeout(ctx, lookupTimeout)
	defer cancel()
	lookup := writeLookup{viewer, make(chan store.Position, 1)}
	select {
	case w.lookups <- lookup:
	case <-ctx.Done():
		return store.Position{}
	}
	select {
	case at := <-lookup.result:
		return at
	case <-ctx.Done():
		return store.Position{}
	}
}

// Run sends lookups to Redis, all that wait in one command, until ctx ends.
func (w *WriteTracker) Run(ctx context.Context) error {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	aloneFor := 0 // ticks
	for {
		select {
		case lookup := <-w.lookups:
			w.sendLookups(ctx, lookup)
		case <-tick.C:
			aloneFor++
			if !w.isOnlyListener(ctx) {
				aloneFor = 0
			}
			w.alone.Store(aloneFor >= minAloneTicks)
		case <-ctx.Done():
			return nil
		}
	}
}

// minAloneTicks is for how many seconds a node must be the only one before it stops using Redis: other nodes may be
// reconnecting.
const minAloneTicks = 10

// isOnlyListener reports whether only this node listens on notifyChannel, as each node does. A Redis cluster cannot tell.
func (w *WriteTracker) isOnlyListener(ctx context.Context) bool {
	client, ok := w.redis.(*redis.Client)
	if !ok {
		return false
	}
	isOnly := false
	err := w.breaker.Do(ctx, func(ctx context.Context) error {
		listeners, err := client.PubSubNumSub(ctx, notifyChannel).Result()
		isOnly = listeners[notifyChannel] == 1
		return err //nolint:wrapcheck // only the breaker sees it
	})
	return err == nil && isOnly
}

func (w *WriteTracker) sendLookups(ctx context.Context, first writeLookup) {
	waiting := len(w.lookups)
	lookups, keys := make([]writeLookup, 1, 1+waiting), make([]string, 1, 1+waiting)
	lookups[0], keys[0] = first, writeKey(first.viewer)
	for range waiting {
		lookup := <-w.lookups
		lookups, keys = append(lookups, lookup), append(keys, writeKey(lookup.viewer))
	}
	found := make([]store.Position, len(lookups))
	_ = w.breaker.Do(ctx, func(ctx context.Context) error { // after an error the results are zero
		values, err := w.redis.MGet(ctx, keys...).Result()
		if err != nil {
			return err //nolint:wrapcheck // only the breaker sees it
		}
		for i, value := range values {
			found[i] = decodePosition(value)
		}
		return nil
	})
	for i, lookup := range lookups {
		lookup.result <- found[i]
	}
}

// writeKey is the Redis key of a viewer. The hash tag puts all keys into one slot of a cluster, so that MGET works.
func writeKey(viewer uuid.UUID) string { return "aisle:{wrote}:" + viewer.String() }

func encodePosition(p store.Position) string { return fmt.Sprintf("%016x%016x", p.XID, p.Seq) }

// decodePosition reads what encodePosition wrote; the zero position from anything else.
func decodePosition(value any) (p store.Position) {
	text, _ := value.(string)
	if _, err := fmt.Sscanf(text, "%016x%016x", &p.XID, &p.Seq); err != nil {
		return store.Position{}
	}
	return p
}
