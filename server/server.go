package server

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"

	"aisle/auth"
	"aisle/graph"
	"aisle/telemetry"
)

// Config is what a Server is made of. Everything but Grant, Page, Dev and Limits must be set.
type Config struct {
	Schema graphql.ExecutableSchema

	// Verify returns the viewer that an access token stands for. Its errors wrap auth.ErrToken, or are faults.
	Verify func(ctx context.Context, token string) (auth.Viewer, error)
	Keys   WellKnown // what others verify our tokens with; the zero value tells nothing
	Grant  GrantFunc // gives partners' systems tokens at /oauth/token; nil serves no such thing
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
	Now     func() time.Time
	Dev     bool // answers tell their SQL statements, and anyone may ask for the schema: else only administrators
	Limits  Limits
}

// Limits bound what a client can make the server do. A zero value means the default.
type Limits struct {
	Body          int64         // bytes of a request's body; 1 MiB
	Request       time.Duration // the execution of an operation; 10 s
	Grace         time.Duration // for what is running when the server is told to stop; 20 s
	HeaderTimeout time.Duration // for reading a request's headers; 5 s
	ReadTimeout   time.Duration // for reading a whole request; 10 s
	IdleTimeout   time.Duration // between the requests of a connection; 120 s
	Init          time.Duration // for a socket's first message; 10 s
	Write         time.Duration // for one write to a socket or an event stream; 5 s
	Silence       time.Duration // of a socket's peer, which is asked now and then, until it counts as gone; 25 s
	Subscriptions int           // operations at once on a socket; 100
}

func (l Limits) withDefaults() Limits {
	return Limits{
		Body:          cmp.Or(l.Body, 1<<20),
		Request:       cmp.Or(l.Request, 10*time.Second),
		Grace:         cmp.Or(l.Grace, 20*time.Second),
		HeaderTimeout: cmp.Or(l.HeaderTimeout, 5*time.Second),
		ReadTimeout:   cmp.Or(l.ReadTimeout, 10*time.Second),
		IdleTimeout:   cmp.Or(l.IdleTimeout, 2*time.Minute),
		Init:          cmp.Or(l.Init, 10*time.Second),
		Write:         cmp.Or(l.Write, 5*time.Second),
		Silence:       cmp.Or(l.Silence, 25*time.Second),
		Subscriptions: cmp.Or(l.Subscriptions, 100),
	}
}

// Server answers HTTP: the API on one port, figures and profiles on another.
type Server struct {
	config     Config
	exec       *executor.Executor
	draining   atomic.Bool
	streams    *streams
	renderings *renderings
	begins     chan struct{} // has one for each operation that begins

	writeBuffers, heldBuffers *sync.Pool // of sockets
}

// New returns a Server that is ready to serve. It starts nothing.
func New(config Config) *Server {
	config.Limits = config.Limits.withDefaults()
	s := &Server{
		config: config, streams: newStreams(), renderings: newRenderings(), begins: make(chan struct{}, mostBegin),
		writeBuffers: &sync.Pool{}, heldBuffers: &sync.Pool{New: func() any { return new([]byte) }},
	}
	s.exec = s.newExecutor()
	return s
}

// Handler answers what clients ask for: /graphql, /graphiql, /oauth/token, /.well-known/, /livez, /readyz, and / with a line
// that names them.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/graphql", s.serveGraphQL)
	if s.config.Page != nil {
		mux.Handle("/graphiql", s.config.Page)
		mux.Handle("/graphiql/", s.config.Page)
	}
	s.handleHealth(mux)
	if s.config.Grant != nil {
		mux.HandleFunc(tokenPath, s.serveToken)
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
