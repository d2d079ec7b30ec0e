package stores

import (
	"context"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/store"
)

// EventData is what an event tells of a store, or of a region alone.
type EventData struct {
	Store  *Store `json:"store,omitempty"`
	Region Region `json:"region"`
}

// tellStores tells of stores that are new or changed, as they are now.
func (s *Service) tellStores(ctx context.Context, tx *store.Tx, scope auth.Scope, ids []uuid.UUID) error {
	rows, err := s.GetStores(ctx, scope, ids)
	for _, r := range rows {
		tx.Emit(store.NewStoreEvent(store.EventStoreChanged, r.ID, r.ID, EventData{&r.Store, *r.Region}))
	}
	return err
}

// tellRegions tells of regions that are new or changed, as they are now.
func (s *Service) tellRegions(ctx context.Context, tx *store.Tx, scope auth.Scope, ids []uuid.UUID) error {
	rows, err := s.GetRegions(ctx, scope, ids)
	for _, r := range rows {
		tx.Emit(store.NewChainEvent(store.EventRegionChanged, r.ID, EventData{Region: r}))
	}
	return err
}
