package resolvers

import (
	"cmp"
	"context"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/graph"
	"aisle/store"
	"aisle/store/access"
	"aisle/store/stores"
)

// maxCodeLen is the maximum length of a code, in characters.
const maxCodeLen = 64

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

// parseRegion parses a region to create.
func parseRegion(in graph.CreateRegionInput) (code, name string, err error) {
	if code, err = store.CleanText("code", in.Code, maxCodeLen); err != nil {
		return "", "", err
	}
	name, err = store.CleanText("name", in.Name, maxNameLen)
	return code, name, err
}

// parseStore parses a store to create.
func parseStore(in graph.CreateStoreInput) (s stores.Store, err error) {
	if s.Code, err = store.CleanText("code", in.Code, maxCodeLen); err != nil {
		return s, err
	}
	s.Format, s.Status = stores.FormatSupermarket, stores.StatusOpen
	apply, err := parseStoreChanges(graph.UpdateStoreInput{
		RegionID: &in.RegionID, Name: &in.Name, Format: in.Format, Status: in.Status, Address: in.Address, City: in.City, State: in.State,
		PostalCode: in.PostalCode, Country: in.Country, Location: in.Location, Timezone: &in.Timezone, OpeningHours: in.OpeningHours,
	})
	if err != nil {
		return s, err
	}
	apply(&s)
	return s, nil
}

// parseStoreChanges parses the changes of a store.
func parseStoreChanges(in graph.UpdateStoreInput) (func(*stores.Store), error) {
	var regionID uuid.UUID
	if in.RegionID != nil {
		var err error
		if regionID, err = parseID("regionId", stores.RegionPrefix, *in.RegionID); err != nil {
			return nil, err
		}
	}
	if in.Name != nil {
		name, err := store.CleanText("name", *in.Name, maxNameLen)
		if err != nil {
			return nil, err
		}
		in.Name = &name
	}
	for _, text := range []struct {
		field string
		value **string
	}{
		{"address", &in.Address}, {"city", &in.City}, {"state", &in.State}, {"postalCode", &in.PostalCode}, {"country", &in.Country},
	} {
		clean, err := parseOptionalText(text.field, *text.value, maxNameLen)
		if err != nil {
			return nil, err
		}
		*text.value = clean
	}
	return func(s *stores.Store) {
		setIf(&s.Name, in.Name)
		setIf(&s.Format, in.Format)
		setIf(&s.Status, in.Status)
		setIf(&s.Address, in.Address)
		setIf(&s.City, in.City)
		setIf(&s.State, in.State)
		setIf(&s.PostalCode, in.PostalCode)
		setIf(&s.Country, in.Country)
		setIf(&s.Timezone, in.Timezone)
		if regionID != uuid.Nil {
			s.RegionID = regionID
		}
		if in.Location != nil {
			s.Latitude, s.Longitude = new(in.Location.Latitude+0), new(in.Location.Longitude+0) // PostgreSQL's JSON has no -0
		}
		if in.OpeningHours != nil {
			s.OpeningHours = parseOpeningHours(in.OpeningHours)
		}
	}, nil
}

func parseOpeningHours(list []graph.OpeningPeriodInput) []stores.OpeningPeriod {
	hours := make([]stores.OpeningPeriod, len(list))
	for i, in := range list {
		hours[i] = stores.OpeningPeriod{Weekday: in.Weekday, Opens: in.Opens, Closes: in.Closes}
	}
	return hours
}
