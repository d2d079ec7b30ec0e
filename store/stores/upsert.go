package stores

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/store"
)

// StoreImport is a store as another system knows it. Its code says which one it is. Ids, version, times and opening hours
// are not looked at; an empty format or status leaves what is there.
type StoreImport struct {
	Store

	RegionCode string
	RegionName string // for a region that is new; others keep their names
}

// ProvidedFields says which fields of the incoming stores mean something. Existing stores keep the others.
type ProvidedFields struct{ Address, City, State, PostalCode, Country, Coordinates bool }

// UpsertSummary is what an upsert did.
type UpsertSummary struct {
	Changes []store.UpsertResult // of the stores, in the order in which they came
	Regions []string             // codes of the regions that it created
}

// Upsert creates the stores whose codes are new, and updates those that differ. Codes must be distinct. The command has
// the module's lock.
func (s *Service) Upsert(ctx context.Context, tx *store.Tx, scope auth.Scope, rows []StoreImport, known ProvidedFields) (UpsertSummary, error) {
	if !scope.All() {
		return UpsertSummary{}, errScope
	}
	in := NewService(tx)
	regions, created, err := in.ensureRegions(ctx, rows)
	if err != nil {
		return UpsertSummary{}, err
	}
	existing, err := in.idsByCode(ctx, rows)
	if err != nil {
		return UpsertSummary{}, err
	}
	var fresh, old storeColumns
	for _, r := range rows {
		if id, ok := existing[r.Code]; ok {
			old.add(id, regions[r.RegionCode], r)
		} else {
			fresh.add(store.NewID(), regions[r.RegionCode], r)
		}
	}
	if err := in.q.insertStores(ctx, fresh.inserted()); err != nil {
		return UpsertSummary{}, fmt.Errorf("insert stores: %w", err)
	}
	updated, err := in.q.updateStores(ctx, old.updated(known))
	if err != nil {
		return UpsertSummary{}, fmt.Errorf("update stores: %w", err)
	}
	newRegions := make([]uuid.UUID, len(created))
	for i, code := range created {
		newRegions[i] = regions[code]
	}
	if err := in.tellRegions(ctx, tx, scope, newRegions); err != nil {
		return UpsertSummary{}, err
	}
	return UpsertSummary{changes(rows, existing, updated), created}, in.tellStores(ctx, tx, scope, append(fresh.Ids, updated...))
}

var errScope = errors.New("only who sees the whole chain may bring in stores")

func changes(rows []StoreImport, existing map[string]uuid.UUID, updated []uuid.UUID) []store.UpsertResult {
	list := make([]store.UpsertResult, len(rows))
	for i, r := range rows {
		id, ok := existing[r.Code]
		switch {
		case !ok:
			list[i] = store.UpsertCreated
		case slices.Contains(updated, id):
			list[i] = store.UpsertUpdated
		default:
			list[i] = store.UpsertUnchanged
		}
	}
	return list
}

func (s *Service) idsByCode(ctx context.Context, rows []StoreImport) (map[string]uuid.UUID, error) {
	codes := make([]string, len(rows))
	for i, r := range rows {
		codes[i] = r.Code
	}
	found, err := s.q.lockStores(ctx, codes)
	if err != nil {
		return nil, fmt.Errorf("stores by code: %w", err)
	}
	ids := make(map[string]uuid.UUID, len(found))
	for _, f := range found {
		ids[f.Code] = f.ID
	}
	return ids, nil
}

// ensureRegions answers the ids of the rows' regions by code, and the codes of those that it had to create.
func (s *Service) ensureRegions(ctx context.Context, rows []StoreImport) (ids map[string]uuid.UUID, created []string, err error) {
	names := map[string]string{}
	var codes []string
	for _, r := range rows {
		if _, ok := names[r.RegionCode]; !ok {
			names[r.RegionCode] = r.RegionName
			codes = append(codes, r.RegionCode)
		}
	}
	found, err := s.q.findRegionIDsByCode(ctx, codes)
	if err != nil {
		return nil, nil, fmt.Errorf("regions by code: %w", err)
	}
	ids = make(map[string]uuid.UUID, len(codes))
	for _, f := range found {
		ids[f.Code] = f.ID
	}
	var missing insertRegionsParams
	slices.SortFunc(codes, strings.Compare)
	for _, code := range codes {
		if _, ok := ids[code]; !ok {
			ids[code] = store.NewID()
			missing.Ids = append(missing.Ids, ids[code])
			missing.Codes = append(missing.Codes, code)
			missing.Names = append(missing.Names, names[code])
		}
	}
	if len(missing.Ids) == 0 {
		return ids, nil, nil
	}
	if err := s.q.insertRegions(ctx, missing); err != nil {
		return nil, nil, fmt.Errorf("insert regions: %w", err)
	}
	return ids, missing.Codes, nil
}

// storeColumns are stores by column, as the statements take them.
type storeColumns insertStoresParams

func (c *storeColumns) add(id, regionID uuid.UUID, r StoreImport) {
	c.Ids, c.RegionIds = append(c.Ids, id), append(c.RegionIds, regionID)
	c.Codes, c.Names = append(c.Codes, r.Code), append(c.Names, r.Name)
	c.Formats, c.Statuses = append(c.Formats, string(r.Format)), append(c.Statuses, string(r.Status))
	c.Addresses, c.Cities = append(c.Addresses, r.Address), append(c.Cities, r.City)
	c.States, c.PostalCodes = append(c.States, r.State), append(c.PostalCodes, r.PostalCode)
	c.Countries, c.Timezones = append(c.Countries, r.Country), append(c.Timezones, r.Timezone)
	place := Coordinates{math.NaN(), math.NaN()} // the statements make null of it
	if known := r.Location(); known != nil {
		place = *known
	}
	c.Latitudes, c.Longitudes = append(c.Latitudes, place.Latitude), append(c.Longitudes, place.Longitude)
}

func (c *storeColumns) inserted() insertStoresParams { return insertStoresParams(*c) }

func (c *storeColumns) updated(known ProvidedFields) updateStoresParams {
	return updateStoresParams{
		HasAddress: known.Address, HasCity: known.City, HasState: known.State,
		HasPostalCode: known.PostalCode, HasCountry: known.Country, HasCoordinates: known.Coordinates,
		Ids: c.Ids, RegionIds: c.RegionIds, Names: c.Names, Formats: c.Formats, Statuses: c.Statuses,
		Addresses: c.Addresses, Cities: c.Cities, States: c.States, PostalCodes: c.PostalCodes,
		Countries: c.Countries, Latitudes: c.Latitudes, Longitudes: c.Longitudes, Timezones: c.Timezones,
	}
}
