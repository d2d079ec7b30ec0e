package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"runtime"
	"time"

	"github.com/redis/go-redis/v9"
	"golang.org/x/sync/errgroup"

	"aisle/auth"
	"aisle/loaders"
	"aisle/resolvers"
	"aisle/server"
	"aisle/store"
	"aisle/store/access"
	"aisle/store/cache"
	"aisle/store/events"
	registered "aisle/store/operations"
	"aisle/telemetry"
	"aisle/web"
)

// node is one process that serves the API.
type node struct {
	settings

	Addr        string // of the API
	DatabaseURL string
	RedisURL    string
	Secret      []byte
	Dev         bool
	Naive       bool // see serveCommand
	Log         *slog.Logger
}

// addresses are where a node listens.
type addresses struct{ API, Admin net.Addr }

// run serves until ctx ends, then lets what is running finish. It calls ready once it can be reached.
func (n node) run(ctx context.Context, ready func(addresses)) error {
	pool, err := store.Open(ctx, n.DatabaseURL, store.Options{MaxConns: n.DatabaseConns, StatementTimeout: n.Timeout})
	if err != nil {
		return err
	}
	defer pool.Close()
	if err := store.CheckMigrated(ctx, pool); err != nil {
		return err
	}
	if err := events.MakePartitions(ctx, pool); err != nil {
		return err
	}
	store.LogRedis(n.Log)
	client, err := store.OpenRedis(n.RedisURL)
	if err != nil {
		return err
	}
	defer client.Close() //nolint:errcheck // nothing is written at closing
	n.greetRedis(ctx, client)
	breaker := store.NewBreaker(n.Log) //nolint:contextcheck // it logs what becomes of Redis, which is nobody's request

	modules, shared := loaders.NewModules(pool), cache.NewShared(client, breaker)
	memory, err := n.memory(ctx, pool, client, breaker, modules, shared)
	if err != nil {
		return err
	}
	revoked := auth.NewRevocations(time.Now)
	follower := access.NewFollower(pool, revoked, n.Log, time.Now)
	if err := follower.Load(ctx); err != nil {
		return err
	}
	tokens, err := n.tokens(ctx, pool, modules, revoked)
	if err != nil {
		return err
	}
	resolver, err := n.resolver(pool, modules, memory, tokens.Tokens, follower)
	if err != nil {
		return err
	}
	metrics := n.metrics(memory)
	projector, board := n.figures(pool, modules, memory, metrics)
	srv := server.New(server.Config{
		Schema: resolver.Schema(),
		Verify: tokens.Verify,
		Keys:   server.WellKnown{Issuer: n.Issuer, JWKS: tokens.keys.JWKS},
		Grant: resolvers.PartnerTokens{
			Partners: modules.Partners, Tokens: tokens.Tokens, Throttle: resolver.Sessions.Throttle, Tries: resolver.Sessions.Tries,
		}.Grant,
		Watch:        revoked.Watch,
		Prepare:      resolver.Prepare,
		PrepareEvent: resolver.PrepareEvent,
		Ready:        func(ctx context.Context) error { return store.CheckMigrated(ctx, pool) },
		Page:         web.Handler(),
		Log:          n.Log,
		Metrics:      metrics,
		Now:          time.Now,
		Dev:          n.Dev,
		Limits: server.Limits{
			Request: n.Timeout, Grace: n.Grace, ViewerRate: n.ViewerRate, AddressRate: n.AddressRate,
			ViewerSubscriptions: n.ViewerStreams, NodeSubscriptions: n.Streams, Streams: n.Streams,
		},
		Rates:          store.NewRates(client, breaker),
		Kept:           memory.kept(n, resolver),
		OnlyRegistered: n.Operations == registeredOnly,
		Documents:      store.NewSharedDocuments(client, breaker),
		Proxies:        n.Proxies,
		Origins:        n.Origins,
	})
	operations := &registrar{service: registered.NewService(pool), register: srv.Register, log: n.Log}
	if err := operations.Load(ctx); err != nil {
		return err
	}
	api, err := listen(ctx, n.Addr, "--addr (AISLE_ADDR)")
	if err != nil {
		return err
	}
	admin, err := listen(ctx, n.AdminAddr, "--admin-addr (AISLE_ADMIN_ADDR)")
	if err != nil {
		return err
	}
	ready(addresses{api.Addr(), admin.Addr()})
	return n.work(ctx, []func(context.Context) error{
		memory.log.Run, memory.log.Keep, memory.writes.Run, shared.Run, tokens.keys.Run, tokens.foreign.Run, follower.Run, operations.Run,
		projector.Run, board.Run,
	}, func(ctx context.Context) error { return srv.Serve(ctx, api, admin) })
}

// work serves until ctx ends, with what is needed to the end beside it: the log of events, the tokens' keys, who is out,
// and the registered operations.
func (n node) work(ctx context.Context, needed []func(context.Context) error, serve func(context.Context) error) error {
	beside, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	var group errgroup.Group
	for _, run := range needed {
		group.Go(func() error { return run(beside) })
	}
	err := serve(ctx)
	stop()
	return errors.Join(err, group.Wait())
}

// metrics are the node's figures.
func (n node) metrics(m *memory) *telemetry.Metrics {
	metrics := telemetry.NewMetrics(version())
	metrics.RegisterHot(func() []telemetry.HotKind { return figures(m.hot) })
	return metrics
}

// resolver wires the modules to the schema.
func (n node) resolver(
	pool *store.Pool, modules loaders.Modules, memory *memory, tokens *auth.Tokens, follower *access.Follower,
) (*resolvers.Resolver, error) {
	passwords, err := auth.NewPasswords(runtime.GOMAXPROCS(0))
	if err != nil {
		return nil, err
	}
	refresh, err := auth.NewRefreshTokens(n.Secret)
	if err != nil {
		return nil, err
	}
	throttle, err := auth.NewThrottle(n.Secret)
	if err != nil {
		return nil, err
	}
	wait := loaders.DefaultWait
	if n.Naive {
		wait = loaders.Alone
	}
	return &resolvers.Resolver{
		Modules:  modules,
		Hot:      memory.hot,
		Commands: store.NewCommands(pool, time.Now, memory.wrote),
		Log:      memory.log,
		Writes:   memory.writes,
		Sessions: &resolvers.Sessions{
			Staff: modules.Staff, Stores: modules.Stores, Access: modules.Access, Tries: access.NewTries(pool, time.Now),
			Tokens: tokens, Refresh: refresh, Throttle: throttle, Passwords: passwords,
			AccessTTL: n.AccessTTL, Lifetime: n.RefreshTTL, Revoked: follower.Wake, Now: time.Now,
		},
		Wait: wait,
		Now:  time.Now,
	}, nil
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

func listen(ctx context.Context, address, setting string) (net.Listener, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("cannot listen on %s, which %s says: %w", address, setting, err)
	}
	return listener, nil
}
