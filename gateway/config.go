package gateway

import (
	"cmp"
	"context"
	"log/slog"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"go.opentelemetry.io/otel/trace"

	"aisle/auth"
	"aisle/gateway/document"
	"aisle/gateway/limits"
	"aisle/gateway/quota"
	"aisle/gateway/responsecache"
	"aisle/graph"
	"aisle/telemetry"
)

// Config configures a Gateway. Schema, Verify, Prepare, PrepareEvent, Log, Metrics and Now must be set.
type Config struct {
	Schema graphql.ExecutableSchema

	// Verify returns the viewer of an access token. Its errors wrap auth.ErrInvalidToken, or are internal.
	Verify func(ctx context.Context, token string) (auth.Viewer, error)
	// Watch calls revoked when Verify would no longer return the viewer although the token has not expired. It may call revoked
	// more than once, and revoked does not block. Nil means that tokens are never revoked.
	Watch func(v auth.Viewer, revoked func()) (stop func())
	// Prepare puts what the resolvers need, such as the viewer's scope and loaders, into the context of an operation that is about
	// to run. Its statements count as the operation's.
	Prepare func(ctx context.Context, v auth.Viewer) (context.Context, error)
	// PrepareEvent does the same for one event of a viewer's subscription.
	PrepareEvent func(ctx context.Context, v auth.Viewer, e graph.Event) (context.Context, error)

	Log     *slog.Logger // of telemetry.NewLogger, which adds the request id to each line
	Metrics *telemetry.Metrics
	Traces  trace.TracerProvider // nil for none
	Now     func() time.Time
	// SlowThreshold is the duration from which an operation is slow: its line in the log then describes its variables and lists its
	// statements. 0 is never.
	SlowThreshold time.Duration
	Dev           bool // responses count their SQL statements, and anyone may introspect the schema; otherwise only administrators may

	Limits          Limits
	RateLimiter     quota.Limiter            // nil for no rate limits
	ResponseCache   *responsecache.Config    // Timeout and Now are set by New; nil for no cache
	SharedDocuments document.SharedDocuments // for automatic persisted queries of all nodes; nil for this node's memory alone
	OnlyRegistered  bool                     // only administrators may send operations that are not registered
	NoSubscriptions bool                     // other nodes serve subscriptions
	Clients         []string                 // that have metrics of their own, in addition to those that registered operations
}

// Limits limit operations. A zero value means the default.
type Limits struct {
	limits.Query

	Timeout time.Duration // of an operation; 10 s

	// Per second on average, and ten times as much at once:
	ViewerRate      int // cost of a viewer's operations; 0 is no limit
	AddressRate     int // cost of the operations that come from one address without a token; 0 is no limit
	NewDocumentRate int // bytes of new documents that a viewer or an address sends; 16 KiB

	ViewerSubscriptions int // of a viewer at the same time; 10,000
	NodeSubscriptions   int // of the node at the same time; 20,000
}

// WithDefaults returns the limits with the defaults in place of zero values.
func (l Limits) WithDefaults() Limits {
	l.Query = l.Query.WithDefaults()
	l.Timeout = cmp.Or(l.Timeout, 10*time.Second)
	l.NewDocumentRate = cmp.Or(l.NewDocumentRate, 16<<10)
	l.ViewerSubscriptions = cmp.Or(l.ViewerSubscriptions, 10_000)
	l.NodeSubscriptions = cmp.Or(l.NodeSubscriptions, 20_000)
	return l
}
