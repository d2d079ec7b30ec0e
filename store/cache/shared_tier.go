package cache

import (
	"context"
	"errors"
	"time"

	"github.com/failsafe-go/failsafe-go/circuitbreaker"
	goredis "github.com/redis/go-redis/v9"

	"aisle/store/redis"
)

// A SharedTier is the part of all caches that is in Redis, for all nodes. A nil SharedTier is empty. It is safe for
// concurrent use.
type SharedTier struct {
	client  goredis.UniversalClient
	reads   *redis.Breaker
	writes  circuitbreaker.CircuitBreaker[any] // its own, because a Redis that is full can still be read
	pending chan []write
}

// A write is an entry for Redis.
type write struct {
	key  string
	text []byte
	ttl  time.Duration
}

const (
	readTimeout     = 25 * time.Millisecond // PostgreSQL is not much slower
	writeTimeout    = 250 * time.Millisecond
	writeRetryDelay = 5 * time.Second // after a write that failed
	maxPending      = 1_000           // batches; further ones are dropped
)

// NewSharedTier makes a tier. It writes nothing before Run.
func NewSharedTier(client goredis.UniversalClient, breaker *redis.Breaker) *SharedTier {
	return &SharedTier{
		client: client, reads: breaker, pending: make(chan []write, maxPending),
		writes: circuitbreaker.NewBuilder[any]().WithFailureThreshold(1).WithDelay(writeRetryDelay).Build(),
	}
}

// get reads entries in one round trip, or one to each node of a cluster. An entry that Redis does not have is nil.
func (s *SharedTier) get(ctx context.Context, keys []string) [][]byte {
	if s == nil {
		return nil
	}
	commands := make([]*goredis.StringCmd, len(keys))
	err := s.reads.Do(ctx, func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, readTimeout)
		defer cancel()
		_, err := s.client.Pipelined(ctx, func(p goredis.Pipeliner) error {
			for i, key := range keys {
				commands[i] = p.Get(ctx, key)
			}
			return nil
		})
		if errors.Is(err, goredis.Nil) {
			return nil
		}
		return err //nolint:wrapcheck // it only opens the breaker
	})
	if err != nil {
		return nil
	}
	entries := make([][]byte, len(keys))
	for i, command := range commands {
		entries[i], _ = command.Bytes()
	}
	return entries
}

// enqueue queues entries for Run. It never waits: an entry that is dropped is only read from the database again.
func (s *SharedTier) enqueue(writes []write) {
	if s == nil || len(writes) == 0 {
		return
	}
	select {
	case s.pending <- writes:
	default:
	}
}

// Run writes to Redis until ctx ends. After a failure it drops writes for a while: Redis is unavailable or full.
func (s *SharedTier) Run(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case writes := <-s.pending:
			if !s.writes.TryAcquirePermit() {
				continue
			}
			if s.write(ctx, writes) != nil {
				s.writes.RecordFailure()
			} else {
				s.writes.RecordSuccess()
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
	return err //nolint:wrapcheck // it only opens the breaker
}
