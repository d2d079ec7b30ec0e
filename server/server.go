package server

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/maypok86/otter/v2"
	"go.opentelemetry.io/otel/trace"

	"aisle/auth"
	"aisle/graph"
	"aisle/store/redis"
	"aisle/telemetry"
)

// Config is what a Server is made of. Everything but Watch, Grant, Page, Traces, Slow, Dev, Limits, Rates,
// OnlyRegistered, NoSubscriptions, OnlySubscriptions, Documents, Proxies, Origins and Clients must be set.
type Config struct {
	Schema graphql.ExecutableSchema

	// Verify returns the viewer that an access token stands for. Its errors wrap auth.ErrInvalidToken, or are faults.
	Verify func(ctx context.Context, token string) (auth.Viewer, error)
	Keys   WellKnown // what others verify our tokens with; the zero value tells nothing
	Grant  GrantFunc // gives partners' systems tokens at /oauth/token; nil serves no such thing
	// Watch calls out, perhaps more than once and without waiting, when Verify would not return the viewer any more although
	// the token has not expired: sockets and event streams end then. nil means that this never is.
	Watch func(v auth.Viewer, out func()) (stop func())
	// Prepare puts what the resolvers need, such as the viewer's scope and loaders, into the context of an operation that
	// is about to run. The statements that it sends count as the operation's.
	Prepare func(ctx context.Context, v auth.Viewer) (context.Context, error)
	// PrepareEvent does the same for one event of a subscription that the viewer has.
	PrepareEvent func(ctx context.Context, v auth.Viewer, e graph.Event) (context.Context, error)
	// Ready returns nil when requests can be answered: the database is migrated and answers.
	Ready func(ctx context.Context) error

	Page    http.Handler // the admin's page, at /graphiql; nil for none
	Log     *slog.Logger // of telemetry.NewLogger, which writes the request id into each line
	Metrics *telemetry.Metrics
	Traces  trace.TracerProvider // nil tells none
	Now     func() time.Time
	// Slow is from when on an operation takes long: its line in the log then has what its variables are like, and its
	// statements. 0 is never.
	Slow   time.Duration
	Dev    bool // answers tell their SQL statements, and anyone may ask for the schema: else only administrators
	Limits Limits
	Rates  Rates // budgets of viewers and addresses; nil for none
	// OnlyRegistered refuses operations that are not registered, but of administrators.
	OnlyRegistered bool
	// NoSubscriptions refuses subscriptions, and OnlySubscriptions what is asked over neither a socket nor an event stream: other
	// nodes are there for that.
	NoSubscriptions, OnlySubscriptions bool
	// Kept lets answers to GET be kept in memory, and gives them ETags; nil for neither.
	Kept *Kept
	// Documents keeps the documents that clients sent by their hash, for all nodes; nil for this node's memory alone.
	Documents SharedDocuments
	Proxies   []netip.Prefix // whose word is taken for the address that a request comes from
	Origins   []string       // of the pages that may use the API besides the server's own, as https://admin.example
	Clients   []string       // whose figures are told apart, besides those that have registered operations
}

// Server answers HTTP: the API on one port, figures and profiles on another.
type Server struct {
	config     Config
	exec       *executor.Executor
	draining   atomic.Bool
	streams    *streams
	audience   *audience
	renderings *renderings
	begins     chan struct{} // has one for each operation that begins
	documents  *documents
	registry   atomic.Pointer[registry]
	asked      *otter.Cache[string, *asked]
	answers    *otter.Cache[answerKey, *keptPart] // nil for none
	makings    *makings
	turns      turns
	tracer     trace.Tracer // nil for none

	newDocuments *redis.LocalRateLimiter // what each may make the server read

	writeBuffers, heldBuffers *sync.Pool // of sockets
	bodies                    *sync.Pool // of answers that are put together
	lines                     *sync.Pool // of attributes: a line of the log has many, and each request has a line
}

// New returns a Server that is ready to serve. It starts nothing.
func New(config Config) *Server {
	config.Limits = config.Limits.withDefaults()
	s := &Server{
		config: config, streams: newStreams(config.Limits.Streams), audience: newAudience(config.Limits),
		renderings: newRenderings(), asked: newAsked(), answers: newAnswers(config.Kept), makings: newMakings(),
		documents: newDocuments(config.Schema.Schema(), config.Limits),
		turns:     newTurns(), newDocuments: redis.NewLocalRateLimiter(config.Now), begins: make(chan struct{}, mostBegin),
		writeBuffers: &sync.Pool{}, heldBuffers: &sync.Pool{New: func() any { return new([]byte) }},
		bodies: &sync.Pool{New: func() any { return new([]byte) }},
		lines:  &sync.Pool{New: func() any { return new([]slog.Attr) }},
	}
	if config.Traces != nil {
		s.tracer = config.Traces.Tracer("aisle/server")
	}
	s.registry.Store(&registry{})
	config.Metrics.RegisterClients(config.Clients...)
	s.exec = s.newExecutor()
	return s
}

// newExecutor is gqlgen's executor with this package's rules around it.
func (s *Server) newExecutor() *executor.Executor {
	e := executor.New(s.config.Schema)
	e.SetQueryCache(handed{})
	e.SetErrorPresenter(s.present)
	e.SetRecoverFunc(func(_ context.Context, value any) error { return recoveredPanic(value) })
	e.Use(gate{s.mayIntrospect})
	e.Use(words{s.config.Schema.Schema().Types})
	return e
}

// Handler answers what clients ask for: /graphql, /graphiql, /oauth/token, /.well-known/, /livez, /readyz, and / with a line
// that names them.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/graphql", s.traced("/graphql", s.shared(s.serveGraphQL)))
	if s.config.Page != nil {
		mux.Handle("/graphiql", s.config.Page)
		mux.Handle("/graphiql/", s.config.Page)
	}
	s.handleHealth(mux)
	if s.config.Grant != nil {
		mux.HandleFunc(tokenPath, s.traced(tokenPath, s.serveToken))
	}
	s.config.Keys.handle(mux, s.config.Grant != nil)
	mux.HandleFunc("GET /{$}", say("Aisle. The API is POST /graphql, its page is /graphiql; /livez and /readyz tell its health."))
	return s.middleware(compressed(mux))
}

// AdminHandler answers what operators ask for: /metrics, /debug/pprof/, /livez, /readyz. Keep it off the internet.
func (s *Server) AdminHandler() http.Handler {
	mux := http.NewServeMux()
	s.handleMetrics(mux)
	handleProfiles(mux)
	s.handleHealth(mux)
	mux.HandleFunc("GET /{$}", say("Aisle, for operators: /metrics, /debug/pprof/, /livez, /readyz."))
	return s.middleware(mux)
}
