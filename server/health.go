package server

import (
	"context"
	"net/http"
	"net/http/pprof"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"aisle/server/plaintext"
)

// readyTimeout limits how long /readyz waits for the database.
const readyTimeout = time.Second

func (s *Server) handleHealth(mux *http.ServeMux) {
	// A liveness probe that asked the database would restart all nodes when the database is briefly away.
	mux.HandleFunc("GET /livez", plaintext.Handler("alive"))
	mux.HandleFunc("GET /readyz", s.readyz)
}

func (s *Server) readyz(w http.ResponseWriter, r *http.Request) {
	if s.draining.Load() {
		plaintext.Write(w, http.StatusServiceUnavailable, "draining")
		return
	}
	if err := s.ready(r.Context()); err != nil {
		s.config.Log.WarnContext(r.Context(), "not ready", "error", err)
		plaintext.Write(w, http.StatusServiceUnavailable, "not ready: the log says why")
		return
	}
	plaintext.Write(w, http.StatusOK, "ready")
}

// Ready reports whether the server can answer requests, as /readyz does.
func (s *Server) Ready() bool { return !s.draining.Load() && s.ready(context.Background()) == nil }

func (s *Server) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	return s.config.Ready(ctx)
}

func (s *Server) handleMetrics(mux *http.ServeMux) {
	mux.Handle("GET /metrics", promhttp.HandlerFor(s.config.Metrics.Registry(), promhttp.HandlerOpts{}))
}

func handleProfiles(mux *http.ServeMux) {
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("POST /debug/pprof/symbol", pprof.Symbol)
}
