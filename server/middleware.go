package server

import (
	"context"
	"crypto/rand"
	"log/slog"
	"maps"
	"net/http"

	"github.com/gorilla/websocket"
	"github.com/klauspost/compress/gzhttp"

	"aisle/telemetry"
)

// middleware is around everything, on both ports.
func (s *Server) middleware(next http.Handler) http.Handler {
	return identified(s.counted(s.recovered(s.leaving(secured(next)))))
}

// leaving lets no connection be used again when the server drains: the next request is to find another node.
func (s *Server) leaving(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.draining.Load() {
			w.Header().Set("Connection", "close")
		}
		next.ServeHTTP(w, r)
	})
}

// requestID is the header X-Request-ID as net/http writes it, which takes no time then.
const requestID = "X-Request-Id"

// identified gives the request an id, the client's own if it is sane, and sends it back.
func identified(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.Header.Get(requestID) //nolint:canonicalheader // see there
		if !sane(id) {
			id = rand.Text()
		}
		w.Header().Set(requestID, id) //nolint:canonicalheader // see there
		next.ServeHTTP(w, r.WithContext(withRequestID(r.Context(), id)))
	})
}

func withRequestID(ctx context.Context, id string) context.Context {
	return telemetry.WithAttrs(ctx, slog.String("request_id", id))
}

// sane keeps what could break a log or a header out of both.
func sane(id string) bool {
	const longest = 64
	if id == "" || len(id) > longest {
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

// counted counts the request and its answer.
func (s *Server) counted(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer s.config.Metrics.TrackRequest()()
		answer := &recorder{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(answer, r)
		s.config.Metrics.RecordRequest(r.Pattern, r.Method, answer.status) // the mux has set the pattern
	})
}

// recorder remembers the status and whether there is one.
type recorder struct {
	http.ResponseWriter

	status int
	begun  bool
}

// WriteHeader remembers the first final status.
func (r *recorder) WriteHeader(status int) {
	if !r.begun && status >= http.StatusOK {
		r.status, r.begun = status, true
	}
	r.ResponseWriter.WriteHeader(status)
}

// Write begins the answer.
func (r *recorder) Write(b []byte) (int, error) {
	r.begun = true
	return r.ResponseWriter.Write(b) //nolint:wrapcheck // a decorator adds nothing to say
}

// Unwrap is for http.ResponseController.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// recovered answers 500 with an id when a handler panics; the log has the panic under the same id.
func (s *Server) recovered(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer s.recover(w, r)
		next.ServeHTTP(w, r)
	})
}

// recover must be deferred itself: it is what stops the panic.
func (s *Server) recover(w http.ResponseWriter, r *http.Request) {
	p := recover()
	if p == nil {
		return
	}
	if p == http.ErrAbortHandler { //nolint:errorlint // that very value means: not a fault, and no answer
		panic(p)
	}
	id := s.report(r.Context(), recoveredPanic(p))
	if begun(w) { // too late for a status: a cut connection is the only way to say that this is not all
		panic(http.ErrAbortHandler)
	}
	write(w, http.StatusInternalServerError, masked(id))
}

func begun(w http.ResponseWriter) bool {
	r, ok := w.(*recorder)
	return ok && r.begun
}

// secured sets the headers that keep browsers from doing anything with an answer but reading it. The admin's page
// replaces the policy by its own.
func secured(next http.Handler) http.Handler {
	headers := http.Header{
		"Content-Security-Policy":      {"default-src 'none'; frame-ancestors 'none'"},
		"Cross-Origin-Resource-Policy": {"same-origin"},
		"Referrer-Policy":              {"no-referrer"},
		"X-Content-Type-Options":       {"nosniff"},
		"X-Frame-Options":              {"DENY"},
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		maps.Copy(w.Header(), headers) // who replaces a value or adds one makes a list of its own
		next.ServeHTTP(w, r)
	})
}

// compressed answers in gzip where the client takes it and it pays.
func compressed(next http.Handler) http.Handler {
	wrap, err := gzhttp.NewWrapper(gzhttp.MinSize(gzhttp.DefaultMinSize), gzhttp.EnableZstd(false))
	if err != nil { // the options above are wrong
		panic(err)
	}
	zipped := wrap(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if wantsStream(r) || websocket.IsWebSocketUpgrade(r) { // they must not be held back
			next.ServeHTTP(w, r)
			return
		}
		zipped.ServeHTTP(w, r)
	})
}
