package graphqlhttp

// statusError is an error with the status of its response.
type statusError struct {
	error

	status int
}

// Unwrap returns the error.
func (e *statusError) Unwrap() error { return e.error }

func withStatus(status int, err error) error { return &statusError{err, status} }
