package app

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"runtime"
	"time"

	"github.com/redis/go-redis/v9"

	"aisle/app/supervise"
	"aisle/auth"
	"aisle/loaders"
	"aisle/resolvers"
	"aisle/server"
	"aisle/sessions"
	"aisle/store"
	"aisle/store/access"
	"aisle/store/cache"
	"aisle/store/events"
	"aisle/store/fleet"
	"aisle/store/kpis"
	registered "aisle/store/operations"
	"aisle/telemetry"
	"aisle/web"
)

// node is one process that serves the API.
type node struct {
	settings

	Addr        string // of the API
	DatabaseURL string
	ReplicaURLs []string
	RedisURL    string
	Secret      []byte
	Dev         bool
	Naive       bool // see serveCommand
	Log         *slog.Logger
}

// addresses are where a node listens. API is nil when it answers no clients.
type addresses struct{ API, Admin net.Addr }

// component is a part of a node, which fails and is restarted alone.
type component struct {
	name  string // in SystemStatus, and a label of metrics
	roles roles  // who needs it
	run   func(context.Context) error
}

// parts are what the components of a node are made of.
type parts struct {
	*memory
	*tokens

	pool      *store.Pool
	shared    *cache.SharedTier
	follower  *access.RevocationPoller
	projector *kpis.Projector
	board     *kpis.ChainSnapshot
	registrar *registrar
	server    *server.Server
	member    *fleet.Heartbeat
	tree      *supervise.Tree
	api       *endpoint // nil when the node answers no clients
	admin     *endpoint
}

// components are all parts of a node. A node runs those of its roles.
func (n node) components(p *parts) []component {
	clients, everybody := roles{roleAPI, roleEvents}, allRoles()
	return []component{
		{nameAPI, clients, p.api.serve(p.server.ServeAPI)},
		{"admin", everybody, p.admin.serve(p.server.ServeAdmin)},
		{"tailer", clients, p.log.RunTailer},                      // reads the event log for subscriptions and caches
		{"event-notifier", clients, p.log.RunNotifier},            // tells other nodes that this one appended events
		{"event-listener", clients, p.log.RunListener},            // wakes the tailer when another node appended events
		{"heartbeat", everybody, p.member.Run},                    // reports this node's state and runs requested restarts
		{"partition-maintainer", everybody, p.log.RunMaintenance}, // creates the log's next partitions, drops expired ones
		{"write-tracker", clients, p.writes.Run},                  // learns of viewers' writes on other nodes
		{"cache-writer", clients, p.shared.Run},                   // writes cached entities to Redis
		{"signing-key-rotator", clients, p.keys.Run},              // reloads and rotates the signing keys
		{"external-jwks-refresher", clients, p.foreign.Run},       // refreshes the keys of external issuers
		{"revocation-poller", clients, p.follower.Run},            // loads revoked sessions and accounts
		{"operation-poller", clients, p.registrar.Run},            // loads registered operations
		{"kpi-projector", roles{roleJobs}, p.projector.Run},       // updates the KPIs of stores from events
		{"chain-metrics", roles{roleJobs}, p.board.Run},           // computes the business metrics of the chain
		{"replica-monitor", everybody, n.watchReplicas(p)},        // measures replicas' lag, follows a failover
	}
}

// nameAPI is the component that drains before all others end.
const nameAPI = "api"

// supervised is the tree of the components that the node's roles need.
func (n node) supervised(components []component) *supervise.Tree {
	config := supervise.Config{Log: n.Log, Now: time.Now, Redact: n.redact(), Patience: n.ShutdownTimeout + time.Second}
	for _, c := range components {
		if n.Roles.has(c.roles...) {
			config.Components = append(config.Components, supervise.Component{Name: c.name, Run: c.run, Front: c.name == nameAPI})
		}
	}
	return supervise.New(config)
}

// run serves until ctx ends, then lets what is running finish. It calls ready once it can be reached.
func (n node) run(ctx context.Context, ready func(addresses)) error {
	traces, err := telemetry.NewTraces(ctx, version(), n.TraceRatio, n.Log)
	if err != nil {
		return err
	}
	defer traces.Close(ctx)
	return n.work(ctx, traces, ready)
}

// work is run with somebody to tell traces to.
func (n node) work(ctx context.Context, traces *telemetry.Traces, ready func(addresses)) error {
	pool, err := n.openDatabase(ctx, traces)
	if err != nil {
		return err
	}
	defer pool.Close()
	p := &parts{}
	p.member = n.member(ctx, pool, p)
	if err := p.member.Register(ctx); err != nil {
		return err
	}
	defer n.leave(ctx, p.member)
	if err := events.CreatePartitions(ctx, pool); err != nil {
		return err
	}
	client, err := n.openRedis(ctx, traces)
	if err != nil {
		return err
	}
	defer client.Close()               //nolint:errcheck // nothing is written at closing
	breaker := store.NewBreaker(n.Log) //nolint:contextcheck // it logs what becomes of Redis, which is nobody's request

	modules, shared := loaders.NewModules(pool.ReadRouter()), cache.NewSharedTier(client, breaker)
	memory, err := n.memory(ctx, pool, client, breaker, modules, shared)
	if err != nil {
		return err
	}
	revoked := auth.NewRevocationList(time.Now)
	follower := access.NewRevocationPoller(pool, revoked, n.Log, time.Now)
	if err := follower.Load(ctx); err != nil {
		return err
	}
	tokens, err := n.tokens(ctx, pool, modules, revoked)
	if err != nil {
		return err
	}
	resolver, err := n.resolver(pool, modules, memory, tokens.AccessTokens, follower)
	if err != nil {
		return err
	}
	resolver.Status = n.status(pool, memory, client)
	metrics := n.metrics(pool, memory)
	p.projector, p.board = n.figures(pool, modules, memory, metrics)
	srv := server.New(server.Config{
		Schema:          resolver.Schema(),
		Verify:          tokens.Verify,
		Keys:            server.WellKnown{Issuer: n.Issuer, JWKS: tokens.keys.JWKS},
		Grant:           clientCredentials(modules, tokens.AccessTokens, resolver.Sessions).IssueToken,
		Watch:           revoked.Watch,
		Prepare:         resolver.PrepareRequest,
		PrepareEvent:    resolver.PrepareEvent,
		Ready:           func(ctx context.Context) error { return store.CheckMigrated(ctx, pool) },
		Page:            web.Handler(),
		Log:             n.Log,
		Metrics:         metrics,
		Now:             time.Now,
		Traces:          traces.Provider(),
		Slow:            n.SlowOperationThreshold,
		Dev:             n.Dev,
		Limits:          n.limits(),
		Rates:           store.NewRateLimiter(client, breaker),
		Kept:            memory.kept(n, resolver),
		OnlyRegistered:  n.OperationPolicy == registeredOnly,
		NoSubscriptions: !n.Roles.has(roleEvents), OnlySubscriptions: !n.Roles.has(roleAPI),
		Documents: store.NewSharedDocuments(client, breaker),
		Proxies:   n.TrustedProxies,
		Origins:   n.CORSAllowedOrigins,
		Clients:   append([]string{web.Client}, n.MetricsClients...),
	})
	metrics.RegisterNode(n.watch(pool, memory.log, breaker, srv))
	operations := &registrar{service: registered.NewService(pool), register: srv.Register, log: n.Log}
	if err := operations.Load(ctx); err != nil {
		return err
	}
	p.pool, p.memory, p.tokens, p.shared, p.follower, p.registrar, p.server = pool, memory, tokens, shared, follower, operations, srv
	listening, err := n.listen(ctx, p)
	if err != nil {
		return err
	}
	p.tree = n.supervised(n.components(p))
	metrics.RegisterComponents(func() []telemetry.ComponentStats { return conditions(p.tree.Statuses()) })
	ready(listening)
	return p.tree.Run(ctx)
}

// metrics are the node's figures.
func (n node) metrics(pool *store.Pool, m *memory) *telemetry.Metrics {
	metrics := telemetry.NewMetrics(version())
	metrics.RegisterEntityCache(func() []telemetry.EntityCacheStats { return figures(m.hot) })
	metrics.RegisterReads(func() telemetry.ReadStats { return reads(pool) })
	return metrics
}

// resolver wires the modules to the schema.
func (n node) resolver(
	pool *store.Pool, modules loaders.Modules, memory *memory, tokens *auth.AccessTokens, follower *access.RevocationPoller,
) (*resolvers.Resolver, error) {
	passwords, err := auth.NewPasswords(runtime.GOMAXPROCS(0))
	if err != nil {
		return nil, err
	}
	refresh, err := auth.NewRefreshTokens(n.Secret)
	if err != nil {
		return nil, err
	}
	throttle, err := auth.NewLoginThrottle(n.Secret)
	if err != nil {
		return nil, err
	}
	wait := loaders.DefaultWait
	if n.Naive {
		wait = loaders.NoBatching
	}
	commands := store.NewCommandRunner(pool, time.Now, memory.wrote)
	return &resolvers.Resolver{
		Modules:      modules,
		EntityCache:  memory.hot,
		Commands:     commands,
		Log:          memory.log,
		WriteTracker: memory.writes,
		Replicas:     pool,
		Sessions: &sessions.Service{
			Directory: sessions.EmployeeDirectory{Staff: modules.Staff, Stores: modules.Stores},
			Access:    modules.Access, Attempts: access.NewLoginAttempts(pool, time.Now), Commands: commands,
			AccessTokens: tokens, RefreshTokens: refresh, Throttle: throttle, Passwords: passwords,
			AccessTTL: n.AccessTTL, RefreshTTL: n.RefreshTTL, OnRevoke: follower.Wake, Now: time.Now,
		},
		BatchWait: wait,
		Now:       time.Now,
	}, nil
}

// clientCredentials issues access tokens to partners' systems.
func clientCredentials(modules loaders.Modules, tokens *auth.AccessTokens, s *sessions.Service) sessions.ClientCredentials {
	return sessions.ClientCredentials{Partners: modules.Partners, Tokens: tokens, Throttle: s.Throttle, Attempts: s.Attempts}
}

// limits are those that are set.
func (n node) limits() server.Limits {
	return server.Limits{
		Request: n.RequestTimeout, Grace: n.ShutdownTimeout, Lead: n.DrainDelay, ViewerRate: n.ViewerRateLimit, AddressRate: n.AddressRateLimit,
		ViewerSubscriptions: n.MaxViewerSubscriptions, NodeSubscriptions: n.MaxSubscriptions, Streams: n.MaxSubscriptions,
	}
}

// openDatabase opens a database that is migrated.
func (n node) openDatabase(ctx context.Context, traces *telemetry.Traces) (*store.Pool, error) {
	pool, err := store.Open(ctx, n.DatabaseURL, store.Options{
		MaxConns: n.DatabaseMaxConns, StatementTimeout: n.RequestTimeout, Replicas: n.replicaURLs(), Traces: traces.Provider(),
	})
	if err != nil {
		return nil, err
	}
	if err := store.CheckMigrated(ctx, pool); err != nil {
		pool.Close()
		return nil, err
	}
	return pool, nil
}

// openRedis makes the client of Redis, whether that answers or not.
func (n node) openRedis(ctx context.Context, traces *telemetry.Traces) (redis.UniversalClient, error) {
	store.SetRedisLogger(n.Log)
	client, err := store.NewRedisClient(n.RedisURL)
	if err != nil {
		return nil, err
	}
	if err := store.TraceRedis(client, traces.Provider()); err != nil {
		return nil, errors.Join(err, client.Close())
	}
	n.greetRedis(ctx, client)
	return client, nil
}

// greetRedis says in the log when Redis does not answer. The node works without it.
func (n node) greetRedis(ctx context.Context, client redis.UniversalClient) {
	const patience = time.Second
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := client.Ping(ctx).Err(); err != nil {
		n.Log.WarnContext(ctx, "Redis does not answer; going on without it", "error", err)
	}
}
