package stores

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/store"
)

// RegionStatus is where a region is in its life.
type RegionStatus string

// The statuses of a region.
const (
	RegionOpen   RegionStatus = "OPEN"
	RegionClosed RegionStatus = "CLOSED"
)

// All commands of this module have its lock: LockModule("stores").

// OpenRegion opens a region. Only who sees the whole chain may.
func (s *Service) OpenRegion(ctx context.Context, tx *store.Tx, scope auth.Scope, code, name string) (*Region, error) {
	if !scope.All() {
		return nil, store.NewUserError(store.CodeNotFound, "code", "Regions are opened by the head office.")
	}
	taken, err := NewService(tx).q.findRegionIDsByCode(ctx, []string{code})
	if err != nil {
		return nil, fmt.Errorf("regions by code: %w", err)
	}
	if len(taken) > 0 {
		return nil, store.NewInputError("code", "The code %q belongs to another region.", code)
	}
	row, err := New(tx).insertRegion(ctx, insertRegionParams{ID: store.NewID(), Code: code, Name: name, CreatedAt: tx.Now})
	if err != nil {
		return nil, fmt.Errorf("insert a region: %w", err)
	}
	tx.Emit(store.NewChainEvent(store.EventRegionChanged, row.ID, EventData{Region: row}))
	return &row, nil
}

// UpdateRegion names a region anew.
func (s *Service) UpdateRegion(
	ctx context.Context, tx *store.Tx, scope auth.Scope, id uuid.UUID, expected *int32, name string,
) (*Region, error) {
	return s.changeRegion(ctx, tx, scope, id, expected, func(r *Region) error { r.Name = name; return nil })
}

// CloseRegion closes a region for good, when all its stores are closed.
func (s *Service) CloseRegion(
	ctx context.Context, tx *store.Tx, scope auth.Scope, id uuid.UUID, expected *int32,
) (*Region, error) {
	return s.changeRegion(ctx, tx, scope, id, expected, func(r *Region) error {
		if !scope.All() {
			return store.NewUserError(store.CodeNotFound, "regionId", "Regions are closed by the head office.")
		}
		left, err := New(tx).countOpenStores(ctx, r.ID)
		if err != nil {
			return fmt.Errorf("stores of a region: %w", err)
		}
		if left > 0 {
			return store.NewInputError("regionId", "The region has %d stores that are not closed: close them, or move them to another region.", left)
		}
		r.Status = RegionClosed
		return nil
	})
}

func (s *Service) changeRegion(
	ctx context.Context, tx *store.Tx, scope auth.Scope, id uuid.UUID, expected *int32, rule func(*Region) error,
) (*Region, error) {
	found, err := NewService(tx).GetRegions(ctx, scope, []uuid.UUID{id})
	if err != nil {
		return nil, err
	}
	if len(found) == 0 || !scope.All() && !scope.WholeRegion() {
		return nil, store.NewUserError(store.CodeNotFound, "regionId", "There is no such region.")
	}
	now := found[0]
	if err := store.CheckVersion("region", now.Version, expected); err != nil {
		return &now, err
	}
	if now.Status == RegionClosed {
		return &now, store.NewUserError(store.CodeInvalidTransition, "regionId", "The region %s is closed for good.", now.Code)
	}
	next := now
	if err := rule(&next); err != nil {
		return &now, err
	}
	if next == now {
		return &now, nil
	}
	row, err := New(tx).updateRegion(ctx, updateRegionParams{ID: id, Name: next.Name, Status: next.Status, UpdatedAt: tx.Now})
	if err != nil {
		return nil, fmt.Errorf("update a region: %w", err)
	}
	tx.Emit(store.NewChainEvent(store.EventRegionChanged, row.ID, EventData{Region: row}))
	return &row, nil
}

// OpenStore opens a store, or plans one. The draft's id, version and times are not looked at.
func (s *Service) OpenStore(ctx context.Context, tx *store.Tx, scope auth.Scope, draft Store) (*Snapshot, error) {
	in := NewService(tx)
	region, err := in.regionFor(ctx, scope, draft.RegionID)
	if err != nil {
		return nil, err
	}
	if draft.Status != StatusPlanned && draft.Status != StatusOpen {
		return nil, store.NewInputError("status", "A new store is PLANNED or OPEN.")
	}
	if err := draft.check(); err != nil {
		return nil, err
	}
	taken, err := in.GetStoresByCode(ctx, auth.SystemScope(), []string{draft.Code})
	if err != nil {
		return nil, err
	}
	if len(taken) > 0 {
		return nil, store.NewInputError("code", "The code %q belongs to another store.", draft.Code)
	}
	draft.ID, draft.Version, draft.CreatedAt, draft.UpdatedAt = store.NewID(), 1, tx.Now, tx.Now
	return in.write(ctx, tx, draft, region)
}

// UpdateStore changes a store: change says what. Moving it to another region is for the head office.
func (s *Service) UpdateStore(
	ctx context.Context, tx *store.Tx, scope auth.Scope, id uuid.UUID, expected *int32, change func(*Store),
) (*Snapshot, error) {
	return s.changeStore(ctx, tx, scope, id, expected, func(now, next *Store) error {
		change(next)
		if next.Status == StatusClosed {
			return store.NewUserError(store.CodeInvalidTransition, "status", "A store is closed for good: send that as closeStore.")
		}
		if !now.Status.follows(next.Status) {
			return store.NewUserError(store.CodeInvalidTransition, "status", "A store that is %s cannot become %s.", now.Status, next.Status)
		}
		return next.check()
	})
}

// CloseStore closes a store for good.
func (s *Service) CloseStore(ctx context.Context, tx *store.Tx, scope auth.Scope, id uuid.UUID, expected *int32) (*Snapshot, error) {
	return s.changeStore(ctx, tx, scope, id, expected, func(_, next *Store) error {
		next.Status = StatusClosed
		return nil
	})
}

func (s *Service) changeStore(
	ctx context.Context, tx *store.Tx, scope auth.Scope, id uuid.UUID, expected *int32, rule func(now, next *Store) error,
) (*Snapshot, error) {
	in := NewService(tx)
	found, err := in.GetStores(ctx, scope, []uuid.UUID{id})
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, store.NewUserError(store.CodeNotFound, "storeId", "There is no such store.")
	}
	now := found[0]
	if err := store.CheckVersion("store", now.Version, expected); err != nil {
		return &now, err
	}
	if now.Status == StatusClosed {
		return &now, store.NewUserError(store.CodeInvalidTransition, "storeId", "The store %s is closed for good.", now.Code)
	}
	next := now.Store
	if err := rule(&now.Store, &next); err != nil {
		return &now, err
	}
	region := *now.Region
	if next.RegionID != now.RegionID {
		if !scope.All() {
			return &now, store.NewUserError(store.CodeNotFound, "regionId", "Stores are moved to another region by the head office.")
		}
		if region, err = in.regionFor(ctx, scope, next.RegionID); err != nil {
			return &now, err
		}
	}
	next.Version, next.UpdatedAt = now.Version+1, tx.Now
	return in.write(ctx, tx, next, region)
}

// regionFor finds the region that a store is to be in.
func (s *Service) regionFor(ctx context.Context, scope auth.Scope, id uuid.UUID) (Region, error) {
	found, err := s.GetRegions(ctx, scope, []uuid.UUID{id})
	if err != nil {
		return Region{}, err
	}
	if len(found) == 0 || !scope.All() && !scope.WholeRegion() {
		return Region{}, store.NewUserError(store.CodeNotFound, "regionId", "There is no such region.")
	}
	if found[0].Status == RegionClosed {
		return Region{}, store.NewInputError("regionId", "The region %s is closed: choose another one.", found[0].Code)
	}
	return found[0], nil
}

// write writes a store's row and tells of it.
func (s *Service) write(ctx context.Context, tx *store.Tx, next Store, region Region) (*Snapshot, error) {
	if next.OpeningHours == nil {
		next.OpeningHours = []OpeningPeriod{}
	}
	row, err := s.q.upsertStore(ctx, upsertStoreParams(next))
	if err != nil {
		return nil, fmt.Errorf("write a store: %w", err)
	}
	tx.Emit(store.NewStoreEvent(store.EventStoreChanged, row.ID, row.ID, EventData{&row, region}))
	return &Snapshot{row, &region}, nil
}
