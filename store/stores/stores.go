// Package stores is the module of the chain's regions and stores.
package stores

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/store"
)

// The prefixes of this module's global ids.
const (
	RegionPrefix = "region"
	StorePrefix  = "store"
)

// GlobalID returns the region's id for clients.
func (r Region) GlobalID() string { return store.GlobalID(RegionPrefix, r.ID) }

// GlobalID returns the store's id for clients.
func (s Store) GlobalID() string { return store.GlobalID(StorePrefix, s.ID) }

// A Snapshot is a store with its region, read by one statement.
type Snapshot struct {
	Store

	Region *Region // never nil
}

func newSnapshot(s Store, r Region) Snapshot { return Snapshot{s, &r} }

// Service reads and writes the module's rows.
type Service struct {
	q     *Queries
	lists *Queries // for the statements with optional filters
}

// NewService returns the module's service on a pool or a transaction.
func NewService(db store.DB) *Service {
	db = store.WithModule(db, "stores")
	return &Service{New(db), New(store.WithCustomPlan(db))}
}

// ListIDsByRegion returns the stores of a region. It takes no scope: a region manager's scope is derived from it.
func (s *Service) ListIDsByRegion(ctx context.Context, regionID uuid.UUID) ([]uuid.UUID, error) {
	ids, err := s.q.listStoreIDsByRegion(ctx, regionID)
	if err != nil {
		return nil, fmt.Errorf("stores of a region: %w", err)
	}
	return ids, nil
}

// ListIDsByRegions returns the stores of each region by code, in the order of the regions.
func (s *Service) ListIDsByRegions(ctx context.Context, regionIDs []uuid.UUID) ([][]uuid.UUID, error) {
	rows, err := s.q.listStoreIDsByRegions(ctx, regionIDs)
	if err != nil {
		return nil, fmt.Errorf("stores of regions: %w", err)
	}
	byRegion := make(map[uuid.UUID][]uuid.UUID, len(regionIDs))
	for _, r := range rows {
		byRegion[r.RegionID] = append(byRegion[r.RegionID], r.ID)
	}
	lists := make([][]uuid.UUID, len(regionIDs))
	for i, id := range regionIDs {
		lists[i] = byRegion[id]
	}
	return lists, nil
}

// GetStores returns the stores with the ids that the scope includes, in no order.
func (s *Service) GetStores(ctx context.Context, scope auth.Scope, ids []uuid.UUID) ([]Snapshot, error) {
	rows, err := s.q.getStores(ctx, getStoresParams{
		Ids: ids, ScopeAll: scope.All(), ScopeStores: scope.StoreIDs(),
	})
	if err != nil {
		return nil, fmt.Errorf("stores by id: %w", err)
	}
	list := make([]Snapshot, len(rows))
	for i, r := range rows {
		list[i] = newSnapshot(r.Store, r.Region)
	}
	return list, nil
}

// VisibleTo reports whether the scope includes the store, with the same rule as GetStores.
func (s *Snapshot) VisibleTo(scope auth.Scope) bool { return scope.IncludesStore(s.ID) }

// FindStoreByCode returns the store with the code. It returns nil if the scope includes no such store.
func (s *Service) FindStoreByCode(ctx context.Context, scope auth.Scope, code string) (*Snapshot, error) {
	found, err := s.GetStoresByCode(ctx, scope, []string{code})
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return &found[0], nil
}

// GetStoresByCode returns the stores with the codes that the scope includes, in no order.
func (s *Service) GetStoresByCode(ctx context.Context, scope auth.Scope, codes []string) ([]Snapshot, error) {
	rows, err := s.q.getStoresByCode(ctx, getStoresByCodeParams{Codes: codes, ScopeAll: scope.All(), ScopeStores: scope.StoreIDs()})
	if err != nil {
		return nil, fmt.Errorf("stores by code: %w", err)
	}
	list := make([]Snapshot, len(rows))
	for i, r := range rows {
		list[i] = newSnapshot(r.Store, r.Region)
	}
	return list, nil
}
