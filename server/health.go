package server

import (
	"context"
	"net/http"
	"net/http/pprof"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// patience is how long /readyz waits for the database.
const patience = time.Second

func (s *Server) handleHealth(mux *http.ServeMux) {
	// Only that the process runs: a liveness probe that asks the database restarts the fleet when the database sneezes.
	mux.HandleFunc("GET /livez", say("alive"))
	mux.HandleFunc("GET /readyz", s.readyz)
}

func (s *Server) readyz(w http.ResponseWriter, r *http.Request) {
	if s.draining.Load() {
		write(w, http.StatusServiceUnavailable, "draining")
		return
	}
	if err := s.ready(r.Context()); err != nil {
		s.config.Log.WarnContext(r.Context(), "not ready", "error", err)
		write(w, http.StatusServiceUnavailable, "not ready: the log says why")
		return
	}
	write(w, http.StatusOK, "ready")
}

// Ready reports whether the server can answer requests, as /readyz says it.
func (s *Server) Ready() bool { return !s.draining.Load() && s.ready(context.Background()) == nil }

func (s *Server) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
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

// say answers a line.
func say(line string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { write(w, http.StatusOK, line) }
}

// write answers a line that nobody may keep.
func write(w http.ResponseWriter, status int, line string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(line + "\n")) // nobody is left to tell
}
