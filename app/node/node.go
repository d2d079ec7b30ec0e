package node

import (
	"context"

	"aisle/loaders"
	"aisle/store/events"
	"aisle/telemetry"
)

// Run runs a node until ctx ends, and then waits until running requests have finished. It calls ready when the node listens.
func Run(ctx context.Context, c Config, ready func(Addresses)) error {
	tuneGC(ctx, c.Log)
	traces, err := telemetry.NewTraces(ctx, c.Version, c.TraceRatio, c.Log)
	if err != nil {
		return err
	}
	defer traces.Close(ctx)
	return run(ctx, c, traces, ready)
}

// run builds the node, each part from those before it, and runs its components.
func run(ctx context.Context, c Config, traces *telemetry.Traces, ready func(Addresses)) error {
	db, err := openDatabases(ctx, c, traces.Provider())
	if err != nil {
		return err
	}
	defer db.close()
	running := &process{ending: ctx.Done()}
	heartbeat := newHeartbeat(c, db, running)
	if err := heartbeat.Register(ctx); err != nil {
		return err
	}
	defer deregister(ctx, heartbeat, c.Log)
	if err := events.CreatePartitions(ctx, db.pool); err != nil {
		return err
	}

	modules := loaders.NewModules(db.router.DB())
	caches, err := newCaches(ctx, c, db, modules)
	if err != nil {
		return err
	}
	authn, err := newAuthentication(ctx, c, db, modules)
	if err != nil {
		return err
	}
	resolver, err := newResolver(c, db, modules, caches, authn)
	if err != nil {
		return err
	}
	metrics := newMetrics(c, db, caches)
	kpis := newKPIs(c, db, modules, caches, metrics)
	gw := newGateway(c, db, caches, authn, resolver, metrics, traces)
	srv := newServer(c, gw, db, modules, authn, resolver, metrics, traces)
	metrics.RegisterNode(nodeCollector(c, db, caches, srv))
	operations := newOperationPoller(db.pool, gw.Register, c.Log)
	if err := operations.Load(ctx); err != nil {
		return err
	}
	listeners, err := listen(ctx, c)
	if err != nil {
		return err
	}
	tree := newTree(c, components(services{c.Log, db, caches, authn, kpis, operations, heartbeat, srv, listeners}))
	running.gateway, running.server, running.tree = gw, srv, tree
	metrics.RegisterComponents(func() []telemetry.ComponentStats { return componentMetrics(tree.Statuses()) })
	ready(listeners.addresses())
	return tree.Run(ctx)
}
