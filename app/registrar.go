package app

import (
	"context"
	"log/slog"
	"time"

	"aisle/auth"
	"aisle/operations"
	"aisle/server"
	registered "aisle/store/operations"
)

// registrar keeps a node's registered operations: those that came with this version, and those that the database has. While
// PostgreSQL is away the node keeps to what it knows.
type registrar struct {
	service     *registered.Service
	register    func([]server.Operation) []error
	log         *slog.Logger
	fingerprint string // of what was registered; empty before Load
}

// The times of a registrar.
const (
	registerEvery   = 2 * time.Second // how often the database is asked for what is new
	registerTimeout = 4 * time.Second // for one look
)

// Load registers what there is now, when that is new. A node does so once before it serves.
func (r *registrar) Load(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, registerTimeout)
	defer cancel()
	// First: what is registered in between is looked at again next time.
	fingerprint, err := r.service.Fingerprint(ctx, auth.SystemScope())
	if err != nil || fingerprint == r.fingerprint {
		return err
	}
	rows, err := r.service.List(ctx, auth.SystemScope())
	if err != nil {
		return err
	}
	var list []server.Operation
	for _, o := range operations.All() {
		list = append(list, server.Operation{Client: o.Client, Name: o.Name, Document: o.Document})
	}
	for _, o := range rows {
		list = append(list, server.Operation{Client: o.Client, Name: o.Name, Document: o.Document})
	}
	for _, err := range r.register(list) {
		r.log.WarnContext(ctx, "an operation is not registered: the schema does not take it", "error", err)
	}
	r.fingerprint = fingerprint
	return nil
}

// Run registers what is new until ctx ends.
func (r *registrar) Run(ctx context.Context) error {
	look := time.NewTicker(registerEvery)
	defer look.Stop()
	lost := false
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-look.C:
		}
		err := r.Load(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil && !lost:
			r.log.WarnContext(ctx, "registered operations cannot be read: those that are known stay", "error", err)
		case err == nil && lost:
			r.log.InfoContext(ctx, "registered operations are read again")
		}
		lost = err != nil
	}
}
