package cache

import (
	"context"
	"errors"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"aisle/store"
	"aisle/store/redis"
)

// SharedTier is the part of all caches that is in Redis, for all nodes. A nil Shared has nothing. It is safe for concurrent use.
type SharedTier struct {
	client  goredis.UniversalClient
	breaker *redis.Breaker // not of writes, which wait for nobody: a Redis that is full can be read
	queue   chan []write
}

// write is an entry that Redis is to have.
type write struct {
	key  string
	text []byte
	ttl  time.Duration
}

const (
	readTimeout  = 25 * time.Millisecond // PostgreSQL is not much slower
	writeTimeout = 250 * time.Millisecond
	writeRest    = 5 * time.Second // after a write that failed
	mostQueued   = 1_000           // batches that wait to be written; what is more is let go
)

// NewSharedTier makes it. It writes nothing before Run.
func NewSharedTier(client goredis.UniversalClient, breaker *redis.Breaker) *SharedTier {
	return &SharedTier{client: client, breaker: breaker, queue: make(chan []write, mostQueued)}
}

// get reads entries; nil where there is none. All come with one question, on a cluster with one for each of its nodes.
func (s *SharedTier) get(ctx context.Context, keys []string) [][]byte {
	if s == nil {
		return nil
	}
	answers := make([]*goredis.StringCmd, len(keys))
	err := s.breaker.Do(ctx, func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, readTimeout)
		defer cancel()
		_, err := s.client.Pipelined(ctx, func(p goredis.Pipeliner) error {
			for i, key := range keys {
				answers[i] = p.Get(ctx, key)
			}
			return nil
		})
		if errors.Is(err, goredis.Nil) { // an answer like another
			return nil
		}
		return store.Wrap("read what is hot", err)
	})
	if err != nil {
		return nil
	}
	found := make([][]byte, len(keys))
	for i, answer := range answers {
		found[i], _ = answer.Bytes()
	}
	return found
}

// put sees to it that Redis gets entries, soon. It never waits: what Redis does not get is read again by others.
func (s *SharedTier) put(writes []write) {
	if s == nil || len(writes) == 0 {
		return
	}
	select {
	case s.queue <- writes:
	default:
	}
}

// Run writes to Redis until ctx ends.
func (s *SharedTier) Run(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case writes := <-s.queue:
			if s.write(ctx, writes) != nil {
				s.rest(ctx)
			}
		}
	}
}

func (s *SharedTier) write(ctx context.Context, writes []write) error {
	ctx, cancel := context.WithTimeout(ctx, writeTimeout)
	defer cancel()
	_, err := s.client.Pipelined(ctx, func(p goredis.Pipeliner) error {
		for _, w := range writes {
			p.Set(ctx, w.key, w.text, w.ttl)
		}
		return nil
	})
	return err //nolint:wrapcheck // nobody is told: it only makes the writer rest
}

// rest lets go of what is to be written for a while: Redis is away, or full.
func (s *SharedTier) rest(ctx context.Context) {
	timer := time.NewTimer(writeRest)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
			return
		case <-s.queue:
		}
	}
}
