package server

import "net/http"

// respondLine returns a handler that responds with a line.
func respondLine(line string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { writeLine(w, http.StatusOK, line) }
}

// writeLine responds with a line that must not be cached.
func writeLine(w http.ResponseWriter, status int, line string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(line + "\n")) // nobody is left to tell
}
