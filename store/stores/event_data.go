package stores

import (
	"context"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/store"
)

// EventData is the data of a store's event, or of a region's.
type EventData struct {
	Store  *Store `json:"store,omitempty"`
	Region Region `json:"region"`
}

// emitStores emits an event for each store, with its current row.
func (s *Service) emitStores(ctx context.Context, tx *store.Tx, scope auth.Scope, ids []uuid.UUID) error {
	rows, err := s.GetStores(ctx, scope, ids)
	for _, r := range rows {
		tx.Emit(store.NewStoreEvent(store.EventStoreChanged, r.ID, r.ID, EventData{&r.Store, *r.Region}))
	}
	return err
}

// emitRegions emits an event for each region, with its current row.
func (s *Service) emitRegions(ctx context.Context, tx *store.Tx, scope auth.Scope, ids []uuid.UUID) error {
	rows, err := s.GetRegions(ctx, scope, ids)
	for _, r := range rows {
		tx.Emit(store.NewChainEvent(store.EventRegionChanged, r.ID, EventData{Region: r}))
	}
	return err
}
