package node

import (
	"context"
	"time"

	"aisle/app/settings"
	"aisle/loaders"
	"aisle/resolvers"
	"aisle/server"
	"aisle/store/postgres"
	"aisle/store/redis"
	"aisle/telemetry"
	"aisle/web"
)

// newServer makes the HTTP server, which does not listen yet.
func newServer(
	c Config, db *databases, modules loaders.Modules, caches *caches, authn *authentication, resolver *resolvers.Resolver,
	metrics *telemetry.Metrics, traces *telemetry.Traces,
) *server.Server {
	return server.New(server.Config{
		Schema:            resolver.Schema(),
		Verify:            authn.tokens.Verify,
		Keys:              server.WellKnown{Issuer: c.Issuer, JWKS: authn.keyring.JWKS},
		Grant:             newClientCredentials(modules, authn, resolver.Sessions).IssueToken,
		Watch:             authn.revoked.Watch,
		Prepare:           resolver.PrepareRequest,
		PrepareEvent:      resolver.PrepareEvent,
		Ready:             func(ctx context.Context) error { return postgres.CheckMigrated(ctx, db.pool) },
		Page:              web.Handler(),
		Log:               c.Log,
		Metrics:           metrics,
		Now:               time.Now,
		Traces:            traces.Provider(),
		Slow:              c.SlowOperationThreshold,
		Dev:               c.Dev,
		Limits:            serverLimits(c),
		Rates:             redis.NewRateLimiter(db.redis, db.breaker),
		Kept:              caches.responses(c, resolver),
		OnlyRegistered:    c.OperationPolicy == settings.PolicyRegistered,
		NoSubscriptions:   !c.Roles.HasAny(settings.RoleEvents),
		OnlySubscriptions: !c.Roles.HasAny(settings.RoleAPI),
		Documents:         redis.NewDocumentStore(db.redis, db.breaker),
		Proxies:           c.TrustedProxies,
		Origins:           c.CORSAllowedOrigins,
		Clients:           append([]string{web.Client}, c.MetricsClients...),
	})
}

func serverLimits(c Config) server.Limits {
	return server.Limits{
		Request: c.RequestTimeout, Grace: c.ShutdownTimeout, Lead: c.DrainDelay,
		ViewerRate: c.ViewerRateLimit, AddressRate: c.AddressRateLimit,
		ViewerSubscriptions: c.MaxViewerSubscriptions, NodeSubscriptions: c.MaxSubscriptions, Streams: c.MaxSubscriptions,
	}
}
