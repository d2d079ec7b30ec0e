package server

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"go.opentelemetry.io/otel/trace"

	"aisle/gateway"
	"aisle/server/oauth"
	"aisle/telemetry"
)

// Config configures a Server. Gateway, Ready, Log, Metrics and Now must be set.
type Config struct {
	Gateway *gateway.Gateway
	// Ready returns nil when the node can answer requests: the database responds and is migrated.
	Ready func(ctx context.Context) error

	Discovery oauth.Discovery // of the keys of access tokens; the zero value serves nothing
	Grant     oauth.GrantFunc // gives partners' systems access tokens; nil serves no token endpoint
	Schema    func() string   // prints the schema, for /schema.graphql; nil for none
	Page      http.Handler    // the admin page, at /graphiql; nil for none

	Log     *slog.Logger // of telemetry.NewLogger, which adds the request id to each line
	Metrics *telemetry.Metrics
	Traces  trace.TracerProvider // nil for none
	Now     func() time.Time

	Limits            Limits
	OnlySubscriptions bool           // serve only sockets and event streams: other nodes serve the rest
	TrustedProxies    []netip.Prefix // believed about the address of a client
	AllowedOrigins    []string       // of pages that may use the API, in addition to the server's own, such as https://admin.example
}

// Limits limit what a client can make the server do. A zero value means the default.
type Limits struct {
	Body            int64         // bytes of a request's body, and of a socket's message; 1 MiB
	AnonymousBody   int64         // the same without a token; 64 KiB
	ShutdownTimeout time.Duration // of a drain; 20 s
	DrainDelay      time.Duration // the part of it in which the node accepts while proxies notice, a quarter at most; 0 is none
	HeaderTimeout   time.Duration // of reading a request's header; 5 s
	ReadTimeout     time.Duration // of reading a request; 10 s
	IdleTimeout     time.Duration // between the requests of a connection; 120 s
	InitTimeout     time.Duration // of a socket's first message; 10 s
	WriteTimeout    time.Duration // of one write to a socket or an event stream; 5 s
	PongTimeout     time.Duration // without any message, after which a socket's client counts as gone; 25 s

	SocketOperations int // of one socket at the same time; 100
	Connections      int // sockets and event streams at the same time; 20,000
}

func (l Limits) withDefaults() Limits {
	const maxDrainDelay = 4 // of ShutdownTimeout, as a divisor
	l.Body = cmp.Or(l.Body, 1<<20)
	l.AnonymousBody = min(cmp.Or(l.AnonymousBody, 64<<10), l.Body)
	l.ShutdownTimeout = cmp.Or(l.ShutdownTimeout, 20*time.Second)
	l.DrainDelay = min(l.DrainDelay, l.ShutdownTimeout/maxDrainDelay)
	l.HeaderTimeout = cmp.Or(l.HeaderTimeout, 5*time.Second)
	l.ReadTimeout = cmp.Or(l.ReadTimeout, 10*time.Second)
	l.IdleTimeout = cmp.Or(l.IdleTimeout, 2*time.Minute)
	l.InitTimeout = cmp.Or(l.InitTimeout, 10*time.Second)
	l.WriteTimeout = cmp.Or(l.WriteTimeout, 5*time.Second)
	l.PongTimeout = cmp.Or(l.PongTimeout, 25*time.Second)
	l.SocketOperations = cmp.Or(l.SocketOperations, 100)
	l.Connections = cmp.Or(l.Connections, 20_000)
	return l
}
