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

// A StoreImport is a store from another system, which its code identifies. Upsert ignores its ids, version, times and opening
// hours. An empty format or status keeps the existing value.
type StoreImport struct {
	Store

	RegionCode string
	RegionName string // for a new region; existing ones keep their names
}

// ProvidedFields are the fields that the imported stores have. Existing stores keep their other fields.
type ProvidedFields struct{ Street, City, State, PostalCode, CountryCode, Coordinates bool }

// An UpsertSummary is the result of an upsert.
type UpsertSummary struct {
	Changes []store.UpsertResult // of the stores, in the order of the input
	Regions []string             // codes of the new regions
}

// Upsert creates the stores with new codes and updates those that differ. Codes must be distinct. The command must hold the
// module's lock.
func (s *Service) Upsert(
	ctx context.Context, tx *store.Tx, scope auth.Scope, rows []StoreImport, provided ProvidedFields,
) (UpsertSummary, error) {
	if !scope.All() {
		return UpsertSummary{}, errNotChainScope
	}
	service := NewService(tx)
	regions, created, err := service.ensureRegions(ctx, rows)
	if err != nil {
		return UpsertSummary{}, err
	}
	existing, err := service.idsByCode(ctx, rows)
	if err != nil {
		return UpsertSummary{}, err
	}
	var toInsert, toUpdate storeColumns
	for _, r := range rows {
		if id, ok := existing[r.Code]; ok {
			toUpdate.add(id, regions[r.RegionCode], r)
		} else {
			toInsert.add(store.NewID(), regions[r.RegionCode], r)
		}
	}
	if err := service.q.insertStores(ctx, toInsert.insertParams()); err != nil {
		return UpsertSummary{}, fmt.Errorf("insert stores: %w", err)
	}
	updated, err := service.q.updateStores(ctx, toUpdate.updateParams(provided))
	if err != nil {
		return UpsertSummary{}, fmt.Errorf("update stores: %w", err)
	}
	newRegions := make([]uuid.UUID, len(created))
	for i, code := range created {
		newRegions[i] = regions[code]
	}
	if err := service.emitNewRegions(ctx, tx, scope, newRegions); err != nil {
		return UpsertSummary{}, err
	}
	return UpsertSummary{upsertResults(rows, existing, updated), created}, service.emitStores(ctx, tx, scope, toInsert.Ids, updated)
}

var errNotChainScope = errors.New("only a scope of the whole chain may import stores")

func upsertResults(rows []StoreImport, existing map[string]uuid.UUID, updated []updateStoresRow) []store.UpsertResult {
	list := make([]store.UpsertResult, len(rows))
	for i, r := range rows {
		id, ok := existing[r.Code]
		switch {
		case !ok:
			list[i] = store.UpsertCreated
		case slices.ContainsFunc(updated, func(u updateStoresRow) bool { return u.ID == id }):
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

// ensureRegions creates missing regions. It returns the ids of the rows' regions by code, and the codes of the new ones.
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

// storeColumns has the columns of stores, for the statements' array arguments.
type storeColumns insertStoresParams

func (c *storeColumns) add(id, regionID uuid.UUID, r StoreImport) {
	c.Ids, c.RegionIds = append(c.Ids, id), append(c.RegionIds, regionID)
	c.Codes, c.Names = append(c.Codes, r.Code), append(c.Names, r.Name)
	c.Formats, c.Statuses = append(c.Formats, string(r.Format)), append(c.Statuses, string(r.Status))
	c.Streets, c.Cities = append(c.Streets, store.Deref(r.Street)), append(c.Cities, store.Deref(r.City))
	c.States, c.PostalCodes = append(c.States, store.Deref(r.State)), append(c.PostalCodes, store.Deref(r.PostalCode))
	c.CountryCodes, c.Timezones = append(c.CountryCodes, store.Deref(r.CountryCode)), append(c.Timezones, r.Timezone)
	location := Coordinates{math.NaN(), math.NaN()} // NULL for the statements
	if l := r.Location(); l != nil {
		location = *l
	}
	c.Latitudes, c.Longitudes = append(c.Latitudes, location.Latitude), append(c.Longitudes, location.Longitude)
}

func (c *storeColumns) insertParams() insertStoresParams { return insertStoresParams(*c) }

func (c *storeColumns) updateParams(provided ProvidedFields) updateStoresParams {
	return updateStoresParams{
		HasStreet: provided.Street, HasCity: provided.City, HasState: provided.State,
		HasPostalCode: provided.PostalCode, HasCountryCode: provided.CountryCode, HasCoordinates: provided.Coordinates,
		Ids: c.Ids, RegionIds: c.RegionIds, Names: c.Names, Formats: c.Formats, Statuses: c.Statuses,
		Streets: c.Streets, Cities: c.Cities, States: c.States, PostalCodes: c.PostalCodes,
		CountryCodes: c.CountryCodes, Latitudes: c.Latitudes, Longitudes: c.Longitudes, Timezones: c.Timezones,
	}
}
