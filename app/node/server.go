package node

import (
	"context"
	"time"

	"aisle/app/settings"
	"aisle/gateway"
	"aisle/graph/sdl"
	"aisle/loaders"
	"aisle/resolvers"
	"aisle/server"
	"aisle/server/oauth"
	"aisle/store/postgres"
	"aisle/store/redis"
	"aisle/telemetry"
	"aisle/web"
)

// newGateway makes the gateway, which executes operations.
func newGateway(
	c Config, db *databases, caches *caches, authn *authentication, resolver *resolvers.Resolver,
	metrics *telemetry.Metrics, traces *telemetry.Traces,
) *gateway.Gateway {
	return gateway.New(gateway.Config{
		Schema:          resolver.Schema(),
		Verify:          authn.tokens.Verify,
		Watch:           authn.revoked.Watch,
		Prepare:         resolver.PrepareRequest,
		PrepareEvent:    resolver.PrepareEvent,
		Log:             c.Log,
		Metrics:         metrics,
		Traces:          traces.Provider(),
		Now:             time.Now,
		SlowThreshold:   c.SlowOperationThreshold,
		Dev:             c.Dev,
		Limits:          operationLimits(c),
		RateLimiter:     redis.NewRateLimiter(db.redis, db.breaker),
		ResponseCache:   caches.responses(c, resolver),
		SharedDocuments: redis.NewDocumentStore(db.redis, db.breaker),
		OnlyRegistered:  c.OperationPolicy == settings.PolicyRegistered,
		NoSubscriptions: !c.Roles.HasAny(settings.RoleEvents),
		Clients:         append([]string{web.Client}, c.MetricsClients...),
	})
}

func operationLimits(c Config) gateway.Limits {
	return gateway.Limits{
		Timeout: c.RequestTimeout, ViewerRate: c.ViewerRateLimit, AddressRate: c.AddressRateLimit,
		ViewerSubscriptions: c.MaxViewerSubscriptions, NodeSubscriptions: c.MaxSubscriptions,
	}
}

// newServer makes the HTTP server, which does not listen yet.
func newServer(
	c Config, gw *gateway.Gateway, db *databases, modules loaders.Modules, authn *authentication, resolver *resolvers.Resolver,
	metrics *telemetry.Metrics, traces *telemetry.Traces,
) *server.Server {
	return server.New(server.Config{
		Gateway:           gw,
		Ready:             func(ctx context.Context) error { return postgres.CheckMigrated(ctx, db.pool) },
		Discovery:         oauth.Discovery{Issuer: c.Issuer, JWKS: authn.keyring.JWKS},
		Grant:             newClientCredentials(modules, authn, resolver.Sessions).IssueToken,
		Schema:            func() string { return sdl.Print(resolver.Schema().Schema()) },
		Page:              web.Handler(),
		Log:               c.Log,
		Metrics:           metrics,
		Traces:            traces.Provider(),
		Now:               time.Now,
		Limits:            serverLimits(c),
		OnlySubscriptions: !c.Roles.HasAny(settings.RoleAPI),
		TrustedProxies:    c.TrustedProxies,
		AllowedOrigins:    c.CORSAllowedOrigins,
	})
}

// serverLimits returns the limits of the server. A node accepts as many connections as it may have subscriptions.
func serverLimits(c Config) server.Limits {
	return server.Limits{ShutdownTimeout: c.ShutdownTimeout, DrainDelay: c.DrainDelay, Connections: c.MaxSubscriptions}
}
