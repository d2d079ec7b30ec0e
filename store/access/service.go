package access

import "aisle/store"

// Service reads and writes passwords, sessions and revocations. It takes no scopes: a viewer's scope is derived from its data.
type Service struct{ q *Queries }

// NewService returns the module's service on a pool or a transaction.
func NewService(db store.DB) *Service { return &Service{New(store.WithModule(db, "access"))} }
