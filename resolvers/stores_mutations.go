package resolvers

import (
	"cmp"
	"context"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/store"
	"aisle/store/access"
	"aisle/store/stores"
)

// newStoresCommand returns a command on regions or stores. Such commands run one at a time.
func newStoresCommand(more ...store.Lock) store.Command {
	return store.Command{Locks: append(more, store.ModuleLock("stores"))}
}

// runRegionMutation runs a command on a region. inputErr is the error of parsing the rest of the input.
func (r *Resolver) runRegionMutation(
	ctx context.Context, id string, inputErr error,
	f func(ctx context.Context, scope auth.Scope, tx *store.Tx, id uuid.UUID) (*stores.Region, error),
) (*stores.Region, []store.UserError, error) {
	regionID, err := parseID("regionId", stores.RegionPrefix, id)
	return runMutation(ctx, r, newStoresCommand(), cmp.Or(err, inputErr),
		func(ctx context.Context, scope auth.Scope, tx *store.Tx) (*stores.Region, error) {
			return f(ctx, scope, tx, regionID)
		})
}

// runStoreMutation runs a command on a store. inputErr is the error of parsing the rest of the input.
func (r *Resolver) runStoreMutation(
	ctx context.Context, id string, inputErr error,
	f func(ctx context.Context, scope auth.Scope, tx *store.Tx, id uuid.UUID) (*stores.Snapshot, error),
) (*stores.Snapshot, []store.UserError, error) {
	storeID, err := parseID("storeId", stores.StorePrefix, id)
	c := newStoresCommand(store.StoreLock(storeID))
	return runMutation(ctx, r, c, cmp.Or(err, inputErr),
		func(ctx context.Context, scope auth.Scope, tx *store.Tx) (*stores.Snapshot, error) {
			return f(ctx, scope, tx, storeID)
		})
}

// revokeRegionManagerTokens revokes the access tokens of the regions' managers, which ends their subscriptions: their scope changed.
func (r *Resolver) revokeRegionManagerTokens(ctx context.Context, tx *store.Tx, regionIDs ...uuid.UUID) error {
	for _, id := range regionIDs {
		region := uuid.NullUUID{UUID: id, Valid: true}
		until := r.Sessions.AccessExpiry(tx.Now)
		if err := access.NewService(tx).RevokeAccessTokens(ctx, id, auth.RoleRegionManager, uuid.NullUUID{}, region, until); err != nil {
			return err
		}
	}
	return nil
}

// createStore creates a store and updates the scope of its region's managers.
func (r *Resolver) createStore(
	ctx context.Context, tx *store.Tx, scope auth.Scope, draft stores.Store,
) (*stores.Snapshot, error) {
	at, err := r.Modules.Stores.CreateStore(ctx, tx, scope, draft)
	if err != nil {
		return at, err
	}
	return at, r.revokeRegionManagerTokens(ctx, tx, at.RegionID)
}

// updateStore changes a store. If its region changes it updates the scope of both regions' managers.
func (r *Resolver) updateStore(
	ctx context.Context, tx *store.Tx, scope auth.Scope, id uuid.UUID, expected *int32, apply func(*stores.Store),
) (*stores.Snapshot, error) {
	before, err := stores.NewService(tx).GetStores(ctx, scope, []uuid.UUID{id})
	if err != nil {
		return nil, err
	}
	at, err := r.Modules.Stores.UpdateStore(ctx, tx, scope, id, expected, apply)
	if err != nil || len(before) == 0 || before[0].RegionID == at.RegionID {
		return at, err
	}
	return at, r.revokeRegionManagerTokens(ctx, tx, before[0].RegionID, at.RegionID)
}
