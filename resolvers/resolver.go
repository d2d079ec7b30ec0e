package resolvers

import (
	"context"
	"time"

	"aisle/graph"
	"aisle/loaders"
	"aisle/resolvers/readrouting"
	"aisle/sessions"
	"aisle/store"
	"aisle/store/events"
)

// Resolver is the root of all resolvers.
type Resolver struct {
	Modules      loaders.Modules
	EntityCache  *loaders.EntityCache // nil reads all entities from the database
	Commands     *store.CommandRunner
	Log          *events.Log
	WriteTracker *events.WriteTracker // nil only in tests
	Replicas     readrouting.Replicas // nil only in tests: everything is read from the primary
	Sessions     *sessions.Service
	Status       SystemStatus
	BatchWait    time.Duration // how long loaders wait for more keys
	Now          func() time.Time
}

// SystemStatus reports the state of this node and of the services that it uses.
type SystemStatus struct {
	Version      string
	CacheHitRate func() float64               // of the entity cache; nil without one
	PingRedis    func(context.Context) error  // returns nil if Redis answers
	Replicas     func() []graph.SystemReplica // nil without replicas
}
