package gateway

import (
	"log/slog"
	"runtime"
	"sync"
	"time"

	"github.com/99designs/gqlgen/graphql/executor"
	"go.opentelemetry.io/otel/trace"
	"golang.org/x/sync/semaphore"

	"aisle/gateway/apierror"
	"aisle/gateway/document"
	"aisle/gateway/quota"
	"aisle/gateway/responsecache"
	"aisle/gateway/subscription"
)

// A Gateway executes operations. It is safe for concurrent use.
type Gateway struct {
	config    Config
	errors    *apierror.Presenter
	documents *document.Store
	quotas    *quota.Checker
	cache     *responsecache.Cache // nil for none
	executor  *executor.Executor
	tracer    trace.Tracer // nil for none

	subscriptions *subscription.Limiter
	renders       *subscription.RenderCache

	// cpu admits work that occupies a processor for milliseconds: parsing new documents and large requests. It takes half of the
	// processors at most, so that the others serve requests that need neither.
	cpu *semaphore.Weighted
	// starts admits operations of transports that can stream. When thousands subscribe again after a restart, they wait in line rather
	// than all at once for PostgreSQL.
	starts *semaphore.Weighted

	logAttrs sync.Pool // of *[]slog.Attr: each request has a line of the log, with many attributes
}

const maxStarts = 64

// New returns a Gateway that is ready to execute operations. It starts no goroutine.
func New(config Config) *Gateway {
	config.Limits = config.Limits.WithDefaults()
	g := &Gateway{
		config: config,
		errors: apierror.NewPresenter(config.Log),
		quotas: quota.NewChecker(quota.Config{
			Limiter: config.RateLimiter, ViewerRate: config.Limits.ViewerRate, AddressRate: config.Limits.AddressRate,
			NewDocumentRate: config.Limits.NewDocumentRate, Now: config.Now,
		}),
		subscriptions: subscription.NewLimiter(config.Limits.NodeSubscriptions, config.Limits.ViewerSubscriptions),
		renders:       subscription.NewRenderCache(),
		cpu:           semaphore.NewWeighted(int64(max(1, runtime.GOMAXPROCS(0)/2))), //nolint:mnd // a half
		starts:        semaphore.NewWeighted(maxStarts),
		logAttrs:      sync.Pool{New: func() any { return new([]slog.Attr) }},
	}
	g.documents = document.NewStore(document.Config{
		Schema: config.Schema.Schema(), Limits: config.Limits.Query, Shared: config.SharedDocuments,
		OnlyRegistered: config.OnlyRegistered, Names: config.Metrics, CPU: g.cpu, Now: config.Now,
	})
	if c := config.ResponseCache; c != nil && c.Bytes > 0 {
		withTimes := *c
		withTimes.Timeout, withTimes.Now = config.Limits.Timeout, config.Now
		g.cache = responsecache.New(withTimes)
	}
	if config.Traces != nil {
		g.tracer = config.Traces.Tracer("aisle/gateway")
	}
	config.Metrics.RegisterClients(config.Clients...)
	g.executor = newExecutor(config.Schema, g.errors)
	return g
}

// Errors returns the presenter of errors.
func (g *Gateway) Errors() *apierror.Presenter { return g.errors }

// Timeout returns how long an operation may run.
func (g *Gateway) Timeout() time.Duration { return g.config.Limits.Timeout }

// Register replaces the registered operations (document.Store.Register).
func (g *Gateway) Register(list []document.Operation) []error { return g.documents.Register(list) }

// Subscriptions returns how many subscriptions are served.
func (g *Gateway) Subscriptions() int { return g.subscriptions.Count() }
