package server

import (
	"net/http"

	"github.com/gorilla/websocket"

	"aisle/server/graphqlhttp"
	"aisle/server/graphqlsse"
	"aisle/server/graphqlws"
	"aisle/server/oauth"
	"aisle/server/plaintext"
)

// Handler answers clients: /graphql, /graphiql, /schema.graphql, /oauth/token, /.well-known/, /livez, /readyz, and / with a line that
// names them.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/graphql", s.traced("/graphql", s.origins.CORS(s.graphQL())))
	if s.config.Page != nil {
		mux.Handle("/graphiql", s.config.Page)
		mux.Handle("/graphiql/", s.config.Page)
	}
	s.handleHealth(mux)
	if s.config.Grant != nil {
		mux.Handle(oauth.TokenPath, s.traced(oauth.TokenPath, s.tokenEndpoint()))
	}
	if s.config.Schema != nil {
		mux.HandleFunc("GET /schema.graphql", schemaDocument(s.config.Schema))
	}
	s.config.Discovery.Handle(mux, s.config.Grant != nil)
	mux.HandleFunc("GET /{$}", plaintext.Handler(
		"Aisle. The API is POST /graphql, its page is /graphiql, its schema /schema.graphql; /livez and /readyz tell its health."))
	return s.middleware(compressed(mux))
}

// AdminHandler answers operators: /metrics, /debug/pprof/, /livez, /readyz. Keep it off the internet.
func (s *Server) AdminHandler() http.Handler {
	mux := http.NewServeMux()
	s.handleMetrics(mux)
	handleProfiles(mux)
	s.handleHealth(mux)
	mux.HandleFunc("GET /{$}", plaintext.Handler("Aisle, for operators: /metrics, /debug/pprof/, /livez, /readyz."))
	return s.middleware(mux)
}

// graphQL answers operations, whatever transport they come by.
func (s *Server) graphQL() http.Handler {
	c, limits := s.config, s.config.Limits
	sockets := graphqlws.NewHandler(graphqlws.Config{
		Gateway: c.Gateway, Clients: s.clients, Origins: s.origins, Connections: s.connections, Metrics: c.Metrics, Now: c.Now,
		Limits: graphqlws.Limits{
			Message: limits.Body, AnonymousMessage: limits.AnonymousBody, Operations: limits.SocketOperations,
			InitTimeout: limits.InitTimeout, WriteTimeout: limits.WriteTimeout, PongTimeout: limits.PongTimeout,
		},
	})
	requests := graphqlhttp.NewHandler(graphqlhttp.Config{
		Gateway: c.Gateway, Clients: s.clients, Origins: s.origins,
		EventStreams: graphqlsse.NewServer(graphqlsse.Config{
			Gateway: c.Gateway, Connections: s.connections, Metrics: c.Metrics, WriteTimeout: limits.WriteTimeout, Now: c.Now,
		}),
		MaxBody: limits.Body, MaxAnonymousBody: limits.AnonymousBody, OnlySubscriptions: c.OnlySubscriptions, Now: c.Now,
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if websocket.IsWebSocketUpgrade(r) {
			sockets.ServeHTTP(w, r)
			return
		}
		requests.ServeHTTP(w, r)
	})
}

func (s *Server) tokenEndpoint() http.Handler {
	return oauth.NewTokenEndpoint(oauth.TokenConfig{
		Grant: s.config.Grant, Clients: s.clients, Origins: s.origins, Errors: s.config.Gateway.Errors(),
		Timeout: s.config.Gateway.Timeout(), Log: s.config.Log, Now: s.config.Now,
	})
}
