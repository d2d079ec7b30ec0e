package node

import (
	"context"
	"strconv"
	"time"

	"github.com/google/uuid"

	"aisle/gateway/responsecache"
	"aisle/loaders"
	"aisle/resolvers"
	"aisle/resolvers/hydration"
	"aisle/store"
	"aisle/store/cache"
	"aisle/store/events"
	"aisle/store/postgres"
	"aisle/store/tasks"
)

// caches are the caches of a node, and the event log that decides which of their entries are valid.
type caches struct {
	entities  *loaders.EntityCache // nil if entities are not cached
	shared    *cache.SharedTier    // in Redis
	log       *events.Log
	revisions *events.Revisions
	writes    *events.WriteTracker
	signal    eventSignal
	namespace func() string // of cached responses
}

func newCaches(ctx context.Context, c Config, db *databases, modules loaders.Modules) (*caches, error) {
	database, err := postgres.DatabaseIdentity(ctx, db.pool)
	if err != nil {
		return nil, err
	}
	m := &caches{
		shared: cache.NewSharedTier(db.redis, db.breaker), revisions: events.NewRevisions(), signal: make(eventSignal, 1),
	}
	m.namespace = newNamespace(c.Version, database, m.revisions)
	watchers := []events.Watcher{m.revisions, m.signal}
	if c.cachesEntities() {
		m.entities = loaders.NewEntityCache(modules, loaders.EntityCacheOptions{
			MaxBytes: c.EntityCacheMiB << 20, Database: database, Shared: m.shared, Now: time.Now,
			Current: func() time.Time { return m.log.CaughtUpAt() },
		})
		watchers = append(watchers, m.entities)
	}
	m.log = events.NewLog(events.Config{
		Pool: db.pool, Redis: db.redis, Log: c.Log, Hydrate: hydration.NewHydrator(modules, c.Log).Hydrate, Watchers: watchers,
		CheckpointInterval: c.CheckpointInterval,
	})
	m.writes = events.NewWriteTracker(m.log, db.redis, db.breaker)
	return m, nil
}

// newNamespace returns the namespace of cached responses: the same on all nodes of a version and database, until the event
// log is replaced by another one.
func newNamespace(version, database string, revisions *events.Revisions) func() string {
	name := version + " " + database
	return func() string {
		if epoch := revisions.Epoch(); epoch > 1 {
			return name + " " + strconv.Itoa(epoch)
		}
		return name
	}
}

// onCommit runs after each command that emitted events.
func (m *caches) onCommit(ctx context.Context, actor uuid.UUID, at store.Position) {
	m.log.Notify()
	m.writes.RecordWrite(ctx, actor, at)
}

// responses returns the configuration of the response cache, or nil if responses are not cached.
func (m *caches) responses(c Config, resolver *resolvers.Resolver) *responsecache.Config {
	if !c.cachesResponses() {
		return nil
	}
	return &responsecache.Config{
		Scopes: resolver, Log: m.log, Revisions: m.revisions, Writes: m.writes, Fragments: resolver, Together: loaders.Regroup[tasks.Task],
		Modules: store.ModulesWithCompleteEvents[:], Name: m.namespace, Bytes: c.ResponseCacheMiB << 20,
	}
}
