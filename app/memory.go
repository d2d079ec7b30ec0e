package app

import (
	"context"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/redis/go-redis/v9"

	"aisle/loaders"
	"aisle/resolvers"
	"aisle/resolvers/hydration"
	"aisle/server"
	"aisle/store"
	"aisle/store/cache"
	"aisle/store/events"
	"aisle/store/tasks"
	"aisle/telemetry"
)

// memory is what a node keeps of what it has read, and the log of events, by which it knows that it still is so.
type memory struct {
	hot       *loaders.EntityCache // nil for none
	log       *events.Log
	revisions *events.Revisions
	writes    *events.WriteTracker
	told      bell // rung when something happened
	database  string
}

// dataName is a name of what is read here, for what is kept of it: the log of events may become another one.
func (m *memory) dataName() func() string {
	name := version() + " " + m.database
	return func() string {
		if life := m.revisions.Epoch(); life > 1 {
			return name + " " + strconv.Itoa(life)
		}
		return name // as on all nodes
	}
}

func (n node) memory(
	ctx context.Context, pool *store.Pool, client redis.UniversalClient, breaker *store.Breaker, modules loaders.Modules, shared *cache.SharedTier,
) (*memory, error) {
	database, err := store.DatabaseIdentity(ctx, pool)
	if err != nil {
		return nil, err
	}
	m := &memory{revisions: events.NewRevisions(), told: make(bell, 1), database: database}
	watchers := []events.Watcher{m.revisions, m.told}
	if n.EntityCacheMiB > 0 && !n.Naive {
		m.hot = loaders.NewEntityCache(modules, loaders.EntityCacheOptions{
			MaxBytes: n.EntityCacheMiB << 20, Database: database, Shared: shared, Now: time.Now,
			Current: func() time.Time { return m.log.CaughtUpAt() },
		})
		watchers = append(watchers, m.hot)
	}
	m.log = events.NewLog(events.Config{
		Pool: pool, Redis: client, Log: n.Log, Hydrate: hydration.NewHydrator(modules, n.Log).Hydrate, Watchers: watchers,
	})
	m.writes = events.NewWriteTracker(m.log, client, breaker)
	return m, nil
}

// wrote is called after each command that told events.
func (m *memory) wrote(ctx context.Context, actor uuid.UUID, at store.Position) {
	m.log.Notify()
	m.writes.RecordWrite(ctx, actor, at)
}

// kept is how answers are kept; nil where they are not to be.
func (m *memory) kept(n node, resolver *resolvers.Resolver) *server.Kept {
	if n.ResponseCacheMiB == 0 || n.Naive {
		return nil
	}
	return &server.Kept{
		Scope: resolver.Scope, End: m.log.Position, Current: m.log.CaughtUpAt, Revision: m.revisions.Revision, Unseen: m.writes.HasUnreadWrite,
		Impersonal: resolver.ViewerIndependent, Together: loaders.Regroup[tasks.Task],
		Name: m.dataName(), Bytes: n.ResponseCacheMiB << 20,
	}
}

// figures are those of the caches, as telemetry has them.
func figures(hot *loaders.EntityCache) []telemetry.EntityCacheStats {
	stats := hot.Stats()
	kinds := make([]telemetry.EntityCacheStats, len(stats))
	for i, s := range stats {
		kinds[i] = telemetry.EntityCacheStats{
			Kind: s.Kind, MemoryHits: s.Memory, RedisHits: s.Shared, Misses: s.Fetched, Evictions: s.Evicted, Entries: s.Entries, Bytes: s.Bytes,
		}
	}
	return kinds
}
