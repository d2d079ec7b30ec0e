// Package plaintext writes responses of one line of text.
package plaintext

import "net/http"

// Handler returns a handler that responds with a line.
func Handler(line string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { Write(w, http.StatusOK, line) }
}

// Write responds with a line that must not be cached.
func Write(w http.ResponseWriter, status int, line string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(line + "\n")) // the client has disconnected if it fails
}
