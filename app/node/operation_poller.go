package node

import (
	"context"
	"log/slog"
	"time"

	"aisle/auth"
	"aisle/gateway/document"
	"aisle/operations"
	registered "aisle/store/operations"
	"aisle/store/postgres"
)

// operationPoller registers operations with the server: those that are built into this version, and those in the database.
// While PostgreSQL is unavailable, the server keeps the operations that it has.
type operationPoller struct {
	service     *registered.Service
	register    func([]document.Operation) []error
	log         *slog.Logger
	fingerprint string // of the registered operations; empty before Load
}

const (
	operationPollInterval = 2 * time.Second
	operationPollTimeout  = 4 * time.Second
)

func newOperationPoller(pool *postgres.Pool, register func([]document.Operation) []error, log *slog.Logger) *operationPoller {
	return &operationPoller{service: registered.NewService(pool), register: register, log: log}
}

// Load registers the operations if they have changed since the last call. A node calls it once before it serves.
func (p *operationPoller) Load(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, operationPollTimeout)
	defer cancel()
	// Read the fingerprint first: if operations are registered in between, the next call loads them again.
	fingerprint, err := p.service.Fingerprint(ctx, auth.SystemScope())
	if err != nil || fingerprint == p.fingerprint {
		return err
	}
	rows, err := p.service.List(ctx, auth.SystemScope())
	if err != nil {
		return err
	}
	var list []document.Operation
	for _, o := range operations.All() {
		list = append(list, document.Operation{Client: o.Client, Name: o.Name, Document: o.Document})
	}
	for _, o := range rows {
		list = append(list, document.Operation{Client: o.Client, Name: o.Name, Document: o.Document})
	}
	for _, err := range p.register(list) {
		p.log.WarnContext(ctx, "skipping a registered operation that is invalid in this schema", "error", err)
	}
	p.fingerprint = fingerprint
	return nil
}

// Run calls Load regularly until ctx ends.
func (p *operationPoller) Run(ctx context.Context) error {
	ticker := time.NewTicker(operationPollInterval)
	defer ticker.Stop()
	failing := false
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
		err := p.Load(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil && !failing:
			p.log.WarnContext(ctx, "cannot load registered operations; the loaded ones stay registered", "error", err)
		case err == nil && failing:
			p.log.InfoContext(ctx, "registered operations are loaded again")
		}
		failing = err != nil
	}
}
