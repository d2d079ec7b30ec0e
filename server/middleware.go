package server

import (
	"crypto/rand"
	"log/slog"
	"maps"
	"net/http"

	"github.com/gorilla/websocket"
	"github.com/klauspost/compress/gzhttp"

	"aisle/gateway/apierror"
	"aisle/server/graphqlhttp"
	"aisle/server/plaintext"
	"aisle/telemetry"
)

// middleware wraps all routes of both ports.
func (s *Server) middleware(next http.Handler) http.Handler {
	return withRequestID(s.withMetrics(s.withRecovery(s.closeOnDrain(withSecurityHeaders(next)))))
}

// closeOnDrain closes the connection after a response when the server drains: the next request then goes to another node.
func (s *Server) closeOnDrain(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.draining.Load() {
			w.Header().Set("Connection", "close")
		}
		next.ServeHTTP(w, r)
	})
}

// requestIDHeader is X-Request-ID as net/http spells it, which saves time.
const requestIDHeader = "X-Request-Id"

// withRequestID gives the request an id, the client's own if it is valid, and sends it back.
func withRequestID(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.Header.Get(requestIDHeader) //nolint:canonicalheader // see there
		if !validRequestID(id) {
			id = rand.Text()
		}
		w.Header().Set(requestIDHeader, id) //nolint:canonicalheader // see there
		next.ServeHTTP(w, r.WithContext(telemetry.WithAttrs(r.Context(), slog.String("request_id", id))))
	})
}

// validRequestID reports whether an id can go into a log and a header.
func validRequestID(id string) bool {
	const maxLen = 64
	if id == "" || len(id) > maxLen {
		return false
	}
	for _, c := range []byte(id) {
		letter := 'a' <= c|0x20 && c|0x20 <= 'z'
		digit := '0' <= c && c <= '9'
		if !letter && !digit && c != '_' && c != '.' && c != '-' {
			return false
		}
	}
	return true
}

// withMetrics counts the request and its response.
func (s *Server) withMetrics(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer s.config.Metrics.TrackRequest()()
		response := &statusRecorder{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(response, r)
		s.config.Metrics.RecordRequest(r.Pattern, r.Method, response.status) // the mux has set the pattern
	})
}

// withRecovery responds with 500 and an error id when a handler panics; the log has the panic with the id.
func (s *Server) withRecovery(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer s.recover(w, r)
		next.ServeHTTP(w, r)
	})
}

// recover stops a panic: the deferred function must be this one.
func (s *Server) recover(w http.ResponseWriter, r *http.Request) {
	p := recover()
	if p == nil {
		return
	}
	if p == http.ErrAbortHandler { //nolint:errorlint // that very value asks to cut the connection, and is no defect
		panic(p)
	}
	id := s.config.Gateway.Errors().Report(r.Context(), apierror.Recovered(p))
	if begun(w) { // too late for a status: only a cut connection says that the response is incomplete
		panic(http.ErrAbortHandler)
	}
	plaintext.Write(w, http.StatusInternalServerError, apierror.Masked(id))
}

// withSecurityHeaders sets the headers that keep browsers from doing anything with a response but reading it. The admin page replaces the
// policy by its own.
func withSecurityHeaders(next http.Handler) http.Handler {
	headers := http.Header{
		"Content-Security-Policy":      {"default-src 'none'; frame-ancestors 'none'"},
		"Cross-Origin-Resource-Policy": {"same-origin"},
		"Referrer-Policy":              {"no-referrer"},
		"X-Content-Type-Options":       {"nosniff"},
		"X-Frame-Options":              {"DENY"},
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		maps.Copy(w.Header(), headers) // a handler that changes a value makes a new list
		next.ServeHTTP(w, r)
	})
}

// compressed compresses responses with gzip where the client accepts it and it saves bytes.
func compressed(next http.Handler) http.Handler {
	wrap, err := gzhttp.NewWrapper(gzhttp.MinSize(gzhttp.DefaultMinSize), gzhttp.EnableZstd(false))
	if err != nil { // only for invalid options
		panic(err)
	}
	zipped := wrap(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if graphqlhttp.AcceptsEventStream(r) || websocket.IsWebSocketUpgrade(r) { // compression would buffer them
			next.ServeHTTP(w, r)
			return
		}
		zipped.ServeHTTP(w, r)
	})
}
