package stores

import (
	"context"
	"maps"
	"slices"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/store"
)

// EventData is the data of a store's event, or of a region's.
type EventData struct {
	Store  *Store `json:"store,omitempty"`
	Region Region `json:"region"`
}

// emitStores emits an event for each store that was created, updated or closed, with its current row.
func (s *Service) emitStores(ctx context.Context, tx *store.Tx, scope auth.Scope, created []uuid.UUID, updated []updateStoresRow) error {
	types := map[uuid.UUID]store.EventType{}
	for _, id := range created {
		types[id] = store.EventStoreCreated
	}
	for _, u := range updated {
		types[u.ID] = store.EventStoreUpdated
		if u.ClosedNow {
			types[u.ID] = store.EventStoreClosed
		}
	}
	rows, err := s.GetStores(ctx, scope, slices.Collect(maps.Keys(types)))
	for _, r := range rows {
		tx.Emit(store.NewStoreEvent(types[r.ID], r.ID, r.ID, EventData{&r.Store, *r.Region}))
	}
	return err
}

// emitNewRegions emits an event for each region, with its current row.
func (s *Service) emitNewRegions(ctx context.Context, tx *store.Tx, scope auth.Scope, ids []uuid.UUID) error {
	rows, err := s.GetRegions(ctx, scope, ids)
	for _, r := range rows {
		tx.Emit(store.NewChainEvent(store.EventRegionCreated, r.ID, EventData{Region: r}))
	}
	return err
}
