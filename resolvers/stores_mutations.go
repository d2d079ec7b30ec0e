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

// The longest texts of stores and regions, in characters.
const maxCodeLen = 64

// newStoresCommand is a command on regions or stores: they wait for each other.
func newStoresCommand(name string, key *string, input any, more ...store.Lock) store.Command {
	return store.Command{Name: name, IdempotencyKey: key, Input: input, Locks: append(more, store.ModuleLock("stores"))}
}

// runRegionMutation runs a command on a region. wrong is what reading the rest of the input came to.
func (r *Resolver) runRegionMutation(
	ctx context.Context, c store.Command, id string, inputErr error,
	f func(ctx context.Context, scope auth.Scope, tx *store.Tx, id uuid.UUID) (*stores.Region, error),
) (*stores.Region, []store.UserError, error) {
	regionID, err := parseID("regionId", stores.RegionPrefix, id)
	return runMutation(ctx, r, c, cmp.Or(err, inputErr),
		func(ctx context.Context, scope auth.Scope, tx *store.Tx) (*stores.Region, error) {
			return f(ctx, scope, tx, regionID)
		})
}

// runStoreMutation runs a command on a store. wrong is what reading the rest of the input came to.
func (r *Resolver) runStoreMutation(
	ctx context.Context, name string, key *string, input any, id string, inputErr error,
	f func(ctx context.Context, scope auth.Scope, tx *store.Tx, id uuid.UUID) (*stores.Snapshot, error),
) (*stores.Snapshot, []store.UserError, error) {
	storeID, err := parseID("storeId", stores.StorePrefix, id)
	c := newStoresCommand(name, key, input, store.StoreLock(storeID))
	return runMutation(ctx, r, c, cmp.Or(err, inputErr),
		func(ctx context.Context, scope auth.Scope, tx *store.Tx) (*stores.Snapshot, error) {
			return f(ctx, scope, tx, storeID)
		})
}

// revokeRegionManagerTokens makes the streams of the managers of regions begin anew, because the regions have other stores now.
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

// openStore opens a store, which its region's manager sees from now on.
func (r *Resolver) openStore(
	ctx context.Context, tx *store.Tx, scope auth.Scope, draft stores.Store,
) (*stores.Snapshot, error) {
	at, err := r.Modules.Stores.OpenStore(ctx, tx, scope, draft)
	if err != nil {
		return at, err
	}
	return at, r.revokeRegionManagerTokens(ctx, tx, at.RegionID)
}

// updateStore changes a store. When it goes to another region both regions' managers see others from now on.
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

// parseRegion reads a region that is to be opened.
func parseRegion(in graph.OpenRegionInput) (code, name string, err error) {
	if code, err = store.CleanText("code", in.Code, maxCodeLen); err != nil {
		return "", "", err
	}
	name, err = store.CleanText("name", in.Name, maxNameLen)
	return code, name, err
}

// parseStore reads a store that is to be opened.
func parseStore(in graph.OpenStoreInput) (s stores.Store, err error) {
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

// parseStoreChanges reads what of a store is to change.
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

// setIf sets what is given.
func setIf[T any](field, value *T) {
	if value != nil {
		*field = *value
	}
}

func parseOpeningHours(list []graph.OpeningPeriodInput) []stores.OpeningPeriod {
	hours := make([]stores.OpeningPeriod, len(list))
	for i, in := range list {
		hours[i] = stores.OpeningPeriod{Weekday: in.Weekday, Opens: in.Opens, Closes: in.Closes}
	}
	return hours
}
