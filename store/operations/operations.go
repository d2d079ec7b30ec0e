// Package operations is the module of the registered operations: documents that clients send, and may send though they
// cost more than others may.
package operations

import (
	"context"
	"encoding/hex"
	"errors"

	"aisle/auth"
	"aisle/store"
)

// Lock is the module's lock. Its commands tell nothing to the log of events: nodes look what is new.
func Lock() store.Lock { return store.ModuleLock("operations") }

// Hash is the SHA-256 of the document, in hex.
func (o Operation) Hash() string { return hex.EncodeToString(o.Sha256) }

// Draft is an operation that is to be registered. Its document is valid.
type Draft struct{ Client, Name, Document string }

// errForeign is a fault of the caller: operators alone register operations.
var errForeign = errors.New("operations are registered by those who see the whole chain")

// Service reads and writes the module's rows, for scopes that see the whole chain.
type Service struct{ q *Queries }

// NewService makes the module's service on a pool or a transaction.
func NewService(db store.DB) *Service { return &Service{New(store.WithModule(db, "operations"))} }

// List reads all operations, in the order of their clients, their names, and since when they are there.
func (s *Service) List(ctx context.Context, scope auth.Scope) ([]Operation, error) {
	rows, err := s.q.listOperations(ctx, scope.All())
	return rows, store.Wrap("all operations", err)
}

// Fingerprint is another one whenever All is.
func (s *Service) Fingerprint(ctx context.Context, scope auth.Scope) (string, error) {
	is, err := s.q.computeFingerprint(ctx, scope.All())
	return is, store.Wrap("fingerprint of the operations", err)
}

// Register registers operations, and answers those that were not there.
func (s *Service) Register(ctx context.Context, tx *store.Tx, scope auth.Scope, drafts []Draft) ([]Operation, error) {
	if !scope.All() {
		return nil, errForeign
	}
	p := insertOperationsParams{RegisteredAt: tx.Now}
	for _, d := range drafts {
		p.Clients, p.Names, p.Documents = append(p.Clients, d.Client), append(p.Names, d.Name), append(p.Documents, d.Document)
	}
	rows, err := New(tx).insertOperations(ctx, p)
	return rows, store.Wrap("register operations", err)
}

// Unregister removes the versions of an operation whose hashes begin so, all for "", and answers them.
func (s *Service) Unregister(ctx context.Context, tx *store.Tx, scope auth.Scope, client, name, hash string) ([]Operation, error) {
	if !scope.All() {
		return nil, errForeign
	}
	rows, err := New(tx).deleteOperations(ctx, deleteOperationsParams{Client: client, Name: name, Sha256Prefix: hash})
	return rows, store.Wrap("forget operations", err)
}
