package stores

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/store"
)

// The commands of this module must hold its lock, ModuleLock("stores").

// CreateRegion creates a region. Only a scope of the whole chain may.
func (s *Service) CreateRegion(ctx context.Context, tx *store.Tx, scope auth.Scope, code, name string) (*Region, error) {
	if !scope.All() {
		return nil, &store.UserError{Code: store.CodeNotAllowed, Message: "Only the head office can create regions."}
	}
	taken, err := NewService(tx).q.findRegionIDsByCode(ctx, []string{code})
	if err != nil {
		return nil, fmt.Errorf("regions by code: %w", err)
	}
	if len(taken) > 0 {
		return nil, store.NewUserError(store.CodeTaken, "code", "The code %s already belongs to another region.", store.Quote(code))
	}
	row, err := New(tx).insertRegion(ctx, insertRegionParams{ID: store.NewID(), Code: code, Name: name, CreatedAt: tx.Now})
	if err != nil {
		return nil, fmt.Errorf("insert a region: %w", err)
	}
	tx.Emit(store.NewChainEvent(store.EventRegionCreated, row.ID, EventData{Region: row}))
	return &row, nil
}

// UpdateRegion renames a region. A nil name keeps the name.
func (s *Service) UpdateRegion(
	ctx context.Context, tx *store.Tx, scope auth.Scope, id uuid.UUID, expectedVersion *int32, name *string,
) (*Region, error) {
	return s.changeRegion(ctx, tx, scope, id, expectedVersion, func(r *Region) error {
		if name != nil {
			r.Name = *name
		}
		return nil
	})
}

// CloseRegion closes a region permanently. All its stores must be closed.
func (s *Service) CloseRegion(
	ctx context.Context, tx *store.Tx, scope auth.Scope, id uuid.UUID, expectedVersion *int32,
) (*Region, error) {
	return s.changeRegion(ctx, tx, scope, id, expectedVersion, func(r *Region) error {
		if !scope.All() {
			return store.NewUserError(store.CodeNotAllowed, "regionId", "Only the head office can close regions.")
		}
		open, err := New(tx).countOpenStores(ctx, r.ID)
		if err != nil {
			return fmt.Errorf("stores of a region: %w", err)
		}
		if open > 0 {
			return store.NewInputError("regionId", "The region has %d stores that are not closed. Close them, or move them to another region.", open)
		}
		r.Status = RegionClosed
		return nil
	})
}

func (s *Service) changeRegion(
	ctx context.Context, tx *store.Tx, scope auth.Scope, id uuid.UUID, expectedVersion *int32, rule func(*Region) error,
) (*Region, error) {
	found, err := NewService(tx).GetRegions(ctx, scope, []uuid.UUID{id})
	if err != nil {
		return nil, err
	}
	if len(found) == 0 || !scope.All() && !scope.WholeRegion() {
		return nil, store.NewUserError(store.CodeNotFound, "regionId", "There is no such region.")
	}
	current := found[0]
	if err := store.CheckVersion("region", current.Version, expectedVersion); err != nil {
		return &current, err
	}
	if current.Status == RegionClosed {
		return &current, store.NewUserError(store.CodeClosed, "regionId", "The region %s is closed permanently.", store.Quote(current.Code))
	}
	next := current
	if err := rule(&next); err != nil {
		return &current, err
	}
	if next == current {
		return &current, nil
	}
	row, err := New(tx).updateRegion(ctx, updateRegionParams{ID: id, Name: next.Name, Status: next.Status, UpdatedAt: tx.Now})
	if err != nil {
		return nil, fmt.Errorf("update a region: %w", err)
	}
	event := store.EventRegionUpdated
	if row.Status == RegionClosed { // a closed region does not change any more
		event = store.EventRegionClosed
	}
	tx.Emit(store.NewChainEvent(event, row.ID, EventData{Region: row}))
	return &row, nil
}
