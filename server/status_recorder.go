package server

import "net/http"

// statusRecorder records the status of a response.
type statusRecorder struct {
	http.ResponseWriter

	status int
	begun  bool // the status was sent
}

// WriteHeader records the first final status.
func (r *statusRecorder) WriteHeader(status int) {
	if !r.begun && status >= http.StatusOK {
		r.status, r.begun = status, true
	}
	r.ResponseWriter.WriteHeader(status)
}

// Write begins the body.
func (r *statusRecorder) Write(b []byte) (int, error) {
	r.begun = true
	return r.ResponseWriter.Write(b) //nolint:wrapcheck // a decorator adds nothing to say
}

// Unwrap is for http.ResponseController.
func (r *statusRecorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

func begun(w http.ResponseWriter) bool {
	r, ok := w.(*statusRecorder)
	return ok && r.begun
}
