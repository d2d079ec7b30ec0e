package cache

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"

	"aisle/store"
	"aisle/store/replica"
)

// flight is a value that is being read, or was.
type flight[V any] struct {
	done  chan struct{} // closed when it was read
	value V
	err   error
}

// group are the flights that one caller leads: their values are read together.
type group[K comparable, V any] struct {
	keys    []K
	places  []int // in what the caller asked for
	flights []*flight[V]
	done    chan struct{} // of all its flights
	asOf    store.Position
	life    int
}

// followed is a flight that somebody else leads.
type followed[V any] struct {
	flight *flight[V]
	place  int
}

// board gives what is in memory, finds the flights that are on their way, and begins those that are not. A flight that is
// void by now is not found: who boards one sees all that was told before.
func (c *Cache[K, V]) board(keys []K, values []V) (mine group[K, V], others []followed[V], begun bool) {
	now, hits := c.options.Now(), 0
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.begun {
		return mine, nil, false
	}
	mine.asOf, mine.life = c.seen, c.life
	for i, key := range keys {
		if v, ok := c.Peek(key, now); ok {
			values[i] = v
			hits++
			continue
		}
		if f := c.flights[key]; f != nil {
			others = append(others, followed[V]{f, i})
			continue
		}
		if mine.done == nil {
			mine.done = make(chan struct{})
		}
		f := &flight[V]{done: mine.done}
		c.flights[key] = f
		mine.keys, mine.places, mine.flights = append(mine.keys, key), append(mine.places, i), append(mine.flights, f)
	}
	c.counts.memory.Add(int64(hits))
	return mine, others, true
}

// errPanicked is what others get when a fetch panics.
var errPanicked = errors.New("what reads it panicked")

// lead reads the values of a group's flights. Whoever waits for one of them gets an answer, whatever happens.
func (c *Cache[K, V]) lead(ctx context.Context, g group[K, V]) {
	for _, f := range g.flights {
		f.err = errPanicked
	}
	read := make([]value[V], 0, len(g.keys))
	defer func() { c.land(g, read) }()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), fetchTimeout)
	defer cancel()
	values, err := c.read(ctx, g)
	for i, f := range g.flights {
		if f.err = err; err == nil {
			f.value = values[i].value
		}
	}
	read = values
}

// land ends a group's flights, and keeps what was read.
func (c *Cache[K, V]) land(g group[K, V], read []value[V]) {
	var writes []write
	c.mu.Lock()
	for i, key := range g.keys {
		if c.flights[key] == g.flights[i] {
			delete(c.flights, key)
		}
		if i < len(read) && c.keep(key, read[i], g.life) && !read[i].shared {
			writes = append(writes, c.write(key, read[i]))
		}
	}
	c.mu.Unlock()
	close(g.done)
	c.options.Shared.put(writes)
}

// value is a value that was read.
type value[V any] struct {
	value   V
	encoded json.RawMessage
	asOf    store.Position // it shows what happened up to it
	shared  bool           // it is from Redis
}

func (v value[V]) absent() bool { return string(v.encoded) == "null" }

// size is about how many bytes of memory it takes: what is said in JSON takes no less in memory.
func (v value[V]) size() uint32 {
	const fixed = 256                       // the entry, its key, and their places in the tables
	return uint32(fixed + 2*len(v.encoded)) //nolint:gosec // far from 4 GiB
}

// read reads values from Redis, and those that it does not have, or has from too long ago, where they are true.
func (c *Cache[K, V]) read(ctx context.Context, g group[K, V]) ([]value[V], error) {
	values := c.readShared(ctx, g.keys)
	missing, places := make([]K, 0, len(g.keys)), make([]int, 0, len(g.keys))
	c.mu.Lock()
	for i, key := range g.keys {
		if !values[i].shared || values[i].asOf.Before(c.changes.of(key)) {
			missing, places = append(missing, key), append(places, i)
		}
	}
	c.mu.Unlock()
	c.counts.shared.Add(int64(len(g.keys) - len(missing)))
	store.StatementCounterFrom(ctx).AddCacheHits(len(g.keys) - len(missing))
	if len(missing) == 0 {
		return values, nil
	}
	c.counts.fetched.Add(int64(len(missing)))
	fetched, err := c.options.Fetch(replica.WithMinPosition(ctx, g.asOf), missing) // a replica that shows all up to there will do
	if err != nil {
		return nil, err
	}
	if len(fetched) != len(missing) {
		return nil, fmt.Errorf("%d values of the kind %s were read for %d keys", len(fetched), c.options.Kind, len(missing))
	}
	for i, v := range fetched {
		encoded, err := encode(v)
		if err != nil {
			return nil, err
		}
		values[places[i]] = value[V]{value: v, encoded: encoded, asOf: g.asOf}
	}
	return values, nil
}

// positionSize is how many bytes of an entry in Redis say its position. The value follows, in JSON.
const positionSize = 16

// readShared reads what Redis has of keys.
func (c *Cache[K, V]) readShared(ctx context.Context, keys []K) []value[V] {
	values := make([]value[V], len(keys))
	names := make([]string, len(keys))
	for i, key := range keys {
		names[i] = c.prefix + c.options.KeyText(key)
	}
	for i, text := range c.options.Shared.get(ctx, names) {
		if len(text) <= positionSize {
			continue
		}
		v := value[V]{encoded: json.RawMessage(text[positionSize:]), shared: true, asOf: store.Position{
			XID: int64(binary.BigEndian.Uint64(text)),     //nolint:gosec // bits, not a number
			Seq: int64(binary.BigEndian.Uint64(text[8:])), //nolint:gosec // bits, not a number
		}}
		if json.Unmarshal(v.encoded, &v.value) == nil { // else it is none of ours
			values[i] = v
		}
	}
	return values
}

// write is what Redis is told of a value.
func (c *Cache[K, V]) write(key K, v value[V]) write {
	text := bytes.NewBuffer(make([]byte, 0, positionSize+len(v.encoded)))
	_ = binary.Write(text, binary.BigEndian, v.asOf)
	text.Write(v.encoded)
	ttl := sharedTTL
	if v.absent() {
		ttl = absentTTL
	}
	return write{c.prefix + c.options.KeyText(key), text.Bytes(), c.jittered(ttl)}
}
