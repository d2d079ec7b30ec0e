package loaders

import (
	"time"

	"aisle/auth"
	"aisle/store"
)

// A request has what the loaders of one request share.
type request struct {
	scope        auth.Scope
	now          time.Time
	wait         time.Duration
	peers        *peers
	dependencies *store.DependencyRecorder // nil if nobody records
	statements   *store.StatementCounter   // nil if nobody counts

	module string // of the loaders that are made with it
}

// forModule returns the request for the loaders of a module.
func (r *request) forModule(module string) *request {
	own := *r
	own.module = module
	return &own
}
