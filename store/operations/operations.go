// Package operations is the module of registered operations: documents of known clients, for which the limits of other
// documents do not apply.
package operations

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"

	"aisle/auth"
	"aisle/store"
)

// Lock returns the module's lock. The module's commands append no events: nodes poll Fingerprint.
func Lock() store.Lock { return store.ModuleLock("operations") }

// Hash returns the SHA-256 of the document in hex.
func (o Operation) Hash() string { return hex.EncodeToString(o.Sha256) }

// A Draft is an operation to register. Its document must be valid.
type Draft struct{ Client, Name, Document string }

// errNotChainScope is a programming error: only operators register operations.
var errNotChainScope = errors.New("only a scope of the whole chain may register operations")

// Service reads and writes the module's rows, for scopes of the whole chain.
type Service struct{ q *Queries }

// NewService returns the module's service on a pool or a transaction.
func NewService(db store.DB) *Service { return &Service{New(store.WithModule(db, "operations"))} }

// List returns all operations, by client, name and time of registration.
func (s *Service) List(ctx context.Context, scope auth.Scope) ([]Operation, error) {
	rows, err := s.q.listOperations(ctx, scope.All())
	if err != nil {
		return nil, fmt.Errorf("all operations: %w", err)
	}
	return rows, nil
}

// Fingerprint returns a hash of all operations, which changes whenever they do.
func (s *Service) Fingerprint(ctx context.Context, scope auth.Scope) (string, error) {
	fingerprint, err := s.q.computeFingerprint(ctx, scope.All())
	if err != nil {
		return "", fmt.Errorf("fingerprint of the operations: %w", err)
	}
	return fingerprint, nil
}

// Register registers operations and returns those that are new.
func (s *Service) Register(ctx context.Context, tx *store.Tx, scope auth.Scope, drafts []Draft) ([]Operation, error) {
	if !scope.All() {
		return nil, errNotChainScope
	}
	p := insertOperationsParams{RegisteredAt: tx.Now}
	for _, d := range drafts {
		p.Clients, p.Names, p.Documents = append(p.Clients, d.Client), append(p.Names, d.Name), append(p.Documents, d.Document)
	}
	rows, err := New(tx).insertOperations(ctx, p)
	if err != nil {
		return nil, fmt.Errorf("register operations: %w", err)
	}
	return rows, nil
}

// Unregister deletes the versions of an operation whose hashes have a prefix, all for "", and returns them.
func (s *Service) Unregister(ctx context.Context, tx *store.Tx, scope auth.Scope, client, name, hashPrefix string) ([]Operation, error) {
	if !scope.All() {
		return nil, errNotChainScope
	}
	rows, err := New(tx).deleteOperations(ctx, deleteOperationsParams{Client: client, Name: name, Sha256Prefix: hashPrefix})
	if err != nil {
		return nil, fmt.Errorf("unregister operations: %w", err)
	}
	return rows, nil
}
