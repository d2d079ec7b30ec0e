package stores

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/store"
)

// CreateStore creates a store that is open or planned. It ignores the draft's id, version and times.
func (s *Service) CreateStore(ctx context.Context, tx *store.Tx, scope auth.Scope, draft Store) (*Snapshot, error) {
	service := NewService(tx)
	region, err := service.findOpenRegion(ctx, scope, draft.RegionID)
	if err != nil {
		return nil, err
	}
	if draft.Status != StatusPlanned && draft.Status != StatusOpen {
		return nil, store.NewInputError("status", "A new store must be PLANNED or OPEN; got %s.", store.Quote(string(draft.Status)))
	}
	if err := draft.validate(); err != nil {
		return nil, err
	}
	taken, err := service.GetStoresByCode(ctx, auth.SystemScope(), []string{draft.Code})
	if err != nil {
		return nil, err
	}
	if len(taken) > 0 {
		return nil, store.NewUserError(store.CodeTaken, "code", "The code %s already belongs to another store.", store.Quote(draft.Code))
	}
	draft.ID, draft.Version, draft.CreatedAt, draft.UpdatedAt = store.NewID(), 1, tx.Now, tx.Now
	return service.write(ctx, tx, store.EventStoreCreated, draft, region)
}

// UpdateStore changes a store, but not its status. Only a scope of the whole chain may move it to another region.
func (s *Service) UpdateStore(
	ctx context.Context, tx *store.Tx, scope auth.Scope, id uuid.UUID, expectedVersion *int32, change func(*Store),
) (*Snapshot, error) {
	return s.changeStore(ctx, tx, scope, id, expectedVersion, func(next *Store) error {
		change(next)
		return next.validate()
	})
}

// OpenStore opens a store that is planned or paused.
func (s *Service) OpenStore(ctx context.Context, tx *store.Tx, scope auth.Scope, id uuid.UUID, expectedVersion *int32) (*Snapshot, error) {
	return s.changeStore(ctx, tx, scope, id, expectedVersion, func(next *Store) error {
		return next.become(StatusOpen, StatusPlanned, StatusPaused)
	})
}

// PauseStore pauses an open store.
func (s *Service) PauseStore(ctx context.Context, tx *store.Tx, scope auth.Scope, id uuid.UUID, expectedVersion *int32) (*Snapshot, error) {
	return s.changeStore(ctx, tx, scope, id, expectedVersion, func(next *Store) error {
		return next.become(StatusPaused, StatusOpen)
	})
}

// CloseStore closes a store permanently.
func (s *Service) CloseStore(ctx context.Context, tx *store.Tx, scope auth.Scope, id uuid.UUID, expectedVersion *int32) (*Snapshot, error) {
	return s.changeStore(ctx, tx, scope, id, expectedVersion, func(next *Store) error {
		return next.become(StatusClosed, StatusPlanned, StatusOpen, StatusPaused)
	})
}

// become changes the status, if it is one of from.
func (s *Store) become(status Status, from ...Status) error {
	if !slices.Contains(from, s.Status) {
		return store.NewUserError(store.CodeInvalidTransition, "storeId", "Only a store that is %s can become %s; %s is %s.",
			strings.Join(store.NewSet(from...).Strings(), " or "), status, store.Quote(s.Code), s.Status)
	}
	s.Status = status
	return nil
}

func (s *Service) changeStore(
	ctx context.Context, tx *store.Tx, scope auth.Scope, id uuid.UUID, expectedVersion *int32, rule func(next *Store) error,
) (*Snapshot, error) {
	service := NewService(tx)
	found, err := service.GetStores(ctx, scope, []uuid.UUID{id})
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, store.NewUserError(store.CodeNotFound, "storeId", "There is no such store.")
	}
	current := found[0]
	if err := store.CheckVersion("store", current.Version, expectedVersion); err != nil {
		return &current, err
	}
	if current.Status == StatusClosed {
		return &current, store.NewUserError(store.CodeClosed, "storeId", "The store %s is closed permanently.", store.Quote(current.Code))
	}
	next := current.Store
	if err := rule(&next); err != nil {
		return &current, err
	}
	region := *current.Region
	if next.RegionID != current.RegionID {
		if !scope.All() {
			return &current, store.NewUserError(store.CodeNotAllowed, "regionId", "Only the head office can move a store to another region.")
		}
		if region, err = service.findOpenRegion(ctx, scope, next.RegionID); err != nil {
			return &current, err
		}
	}
	next.Version, next.UpdatedAt = current.Version+1, tx.Now
	event := store.EventStoreUpdated
	if next.Status == StatusClosed { // a closed store does not change any more
		event = store.EventStoreClosed
	}
	return service.write(ctx, tx, event, next, region)
}

// findOpenRegion returns a region that a store can be in.
func (s *Service) findOpenRegion(ctx context.Context, scope auth.Scope, id uuid.UUID) (Region, error) {
	found, err := s.GetRegions(ctx, scope, []uuid.UUID{id})
	if err != nil {
		return Region{}, err
	}
	if len(found) == 0 || !scope.All() && !scope.WholeRegion() {
		return Region{}, store.NewUserError(store.CodeNotFound, "regionId", "There is no such region.")
	}
	if found[0].Status == RegionClosed {
		return Region{}, store.NewUserError(store.CodeClosed, "regionId",
			"The region %s is closed. Choose another region.", store.Quote(found[0].Code))
	}
	return found[0], nil
}

// write writes a store's row and emits the event.
func (s *Service) write(ctx context.Context, tx *store.Tx, event store.EventType, next Store, region Region) (*Snapshot, error) {
	next.OpeningHours = sortHours(next.OpeningHours)
	row, err := s.q.upsertStore(ctx, upsertStoreParams(next))
	if err != nil {
		return nil, fmt.Errorf("write a store: %w", err)
	}
	tx.Emit(store.NewStoreEvent(event, row.ID, row.ID, EventData{&row, region}))
	return &Snapshot{row, &region}, nil
}
