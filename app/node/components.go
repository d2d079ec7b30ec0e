package node

import (
	"context"
	"log/slog"
	"time"

	"golang.org/x/sync/errgroup"

	"aisle/app/settings"
	"aisle/app/supervise"
	"aisle/server"
	"aisle/store/fleet"
)

// services are what the components of a node run.
type services struct {
	logger     *slog.Logger
	db         *databases
	caches     *caches
	authn      *authentication
	kpis       *kpiServices
	operations *operationPoller
	heartbeat  *fleet.Heartbeat
	server     *server.Server
	listeners  *listeners
}

// component is a part of a node that fails and restarts on its own.
type component struct {
	name  string         // shown in SystemStatus, and a label of metrics
	roles settings.Roles // that need the component
	run   func(context.Context) error
}

// nameAPI is the component that drains before the others stop.
const nameAPI = "api"

// components returns the components of all roles.
func components(s services) []component {
	all, clients, jobs := settings.AllRoles(), settings.Roles{settings.RoleAPI, settings.RoleEvents}, settings.Roles{settings.RoleJobs}
	return []component{
		{nameAPI, clients, s.listeners.api.serve(s.server.ServeAPI)},
		{"admin", all, s.listeners.admin.serve(s.server.ServeAdmin)},
		{"tailer", clients, s.caches.log.RunTailer},                // reads the event log for subscriptions and caches
		{"event-notifier", clients, s.caches.log.RunNotifier},      // tells other nodes that this one appended events
		{"event-listener", clients, s.caches.log.RunListener},      // wakes the tailer when another node appended events
		{"heartbeat", all, s.heartbeat.Run},                        // reports this node's state and runs requested restarts
		{"partition-maintainer", all, s.caches.log.RunMaintenance}, // creates the log's next partitions, drops expired ones
		{"write-tracker", clients, s.caches.writes.Run},            // learns of viewers' writes on other nodes
		{"cache-writer", clients, s.caches.shared.Run},             // writes cached entities to Redis
		{"signing-key-rotator", clients, s.authn.keyring.Run},      // reloads and rotates the signing keys
		{"external-jwks-refresher", clients, s.authn.external.Run}, // refreshes the keys of external issuers
		{"revocation-poller", clients, s.authn.revocation.Run},     // loads revoked sessions and accounts
		{"operation-poller", clients, s.operations.Run},            // loads registered operations
		{"kpi-projector", jobs, s.kpis.projector.Run},              // updates the KPIs of stores from events
		{"chain-metrics", jobs, s.kpis.chain.Run},                  // computes the business metrics of the chain
		{"replica-monitor", all, s.monitorReplicas},                // measures the lag of replicas, notices a failover
	}
}

func (s services) monitorReplicas(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return s.db.pool.FollowPrimary(ctx, s.logger) })
	group.Go(func() error { return s.db.router.Monitor(ctx, s.logger, s.caches.log.Position) })
	return group.Wait() //nolint:wrapcheck // the error of one of the two
}

// newTree makes the supervision tree of the components that the node's roles need.
func newTree(c Config, components []component) *supervise.Tree {
	config := supervise.Config{Log: c.Log, Now: time.Now, Redact: c.redact(), StopTimeout: c.ShutdownTimeout + time.Second}
	for _, each := range components {
		if c.Roles.HasAny(each.roles...) {
			config.Components = append(config.Components, supervise.Component{Name: each.name, Run: each.run, StopFirst: each.name == nameAPI})
		}
	}
	return supervise.New(config)
}
