package server

import (
	"sync/atomic"

	"go.opentelemetry.io/otel/trace"

	"aisle/server/clientinfo"
	"aisle/server/connections"
	"aisle/server/origin"
)

// A Server answers HTTP: the API on one port, metrics and profiles on another.
type Server struct {
	config      Config
	draining    atomic.Bool
	connections *connections.Registry
	clients     clientinfo.Reader
	origins     *origin.Policy
	tracer      trace.Tracer // nil for none
}

// New returns a Server that is ready to serve. It starts no goroutine.
func New(config Config) *Server {
	config.Limits = config.Limits.withDefaults()
	s := &Server{
		config: config, connections: connections.NewRegistry(config.Limits.Connections),
		clients: clientinfo.NewReader(config.TrustedProxies), origins: origin.NewPolicy(config.AllowedOrigins),
	}
	if config.Traces != nil {
		s.tracer = config.Traces.Tracer("aisle/server")
	}
	return s
}

// Connections returns how many sockets and event streams are open.
func (s *Server) Connections() int { return s.connections.Count() }
