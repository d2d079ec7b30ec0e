package importer

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	_ "time/tzdata" // for machines without timezone data

	"aisle/auth"
	"aisle/store"
	"aisle/store/stores"
)

// The maximum lengths of texts in characters.
const (
	maxAddressLen    = 200
	maxCityLen       = 100
	maxPostalCodeLen = 20
)

// storeRow is a store in the file.
type storeRow = stores.StoreImport

// storeHandler implements the rules for stores.
type storeHandler struct {
	codeFrom []int // columns
	provided stores.ProvidedFields
	zones    map[string]*time.Location
	seen     duplicateDetector
}

func newStoreHandler(h *header, o StoresOptions) (*storeHandler, error) {
	f := &storeHandler{zones: map[string]*time.Location{}, seen: newDuplicateDetector(), provided: stores.ProvidedFields{
		Street: h.has(fieldAddress) || h.has(fieldAddress2), City: h.has(fieldCity), State: h.has(fieldState),
		PostalCode: h.has(fieldPostalCode), CountryCode: h.has(fieldCountry),
		Coordinates: h.has(fieldLatitude) && h.has(fieldLongitude),
	}}
	var errs []error
	for _, column := range o.CodeFrom {
		i, err := h.findColumn(column)
		if err != nil {
			errs = append(errs, fmt.Errorf("--code-from: %w", err))
		}
		f.codeFrom = append(f.codeFrom, i)
	}
	_, hasCode := h.columns[fieldCode]
	switch {
	case !hasCode && len(o.CodeFrom) == 0:
		errs = append(errs, h.missing(fieldCode, "--map code=COLUMN, or --code-from COLUMN,COLUMN to generate it from columns that "+
			"identify a store"))
	case hasCode && len(o.CodeFrom) > 0:
		errs = append(errs, fmt.Errorf("--code-from is for files without codes, but this file has them in the column %q", h.label(fieldCode)))
	}
	if !h.has(fieldName) {
		errs = append(errs, h.missing(fieldName, "--map name=COLUMN"))
	}
	if !h.has(fieldRegion) {
		errs = append(errs, h.missing(fieldRegion, "--map region=COLUMN, or --set region=NAME if all stores are in one region"))
	}
	if !h.has(fieldTimezone) {
		errs = append(errs, h.missing(fieldTimezone, "--map timezone=COLUMN, or --set timezone=America/New_York (an IANA name) "+
			"if all stores have the same"))
	}
	if h.has(fieldLatitude) != h.has(fieldLongitude) {
		errs = append(errs, h.missing(fieldLatitude+" and "+fieldLongitude, "--map for both, or leave both out"))
	}
	return f, errors.Join(append(errs, h.checkConstants(func(c *cells) { f.parse(c) }))...)
}

func (f *storeHandler) parse(c *cells) storeRow {
	zone := f.parseTimezone(c)
	row := storeRow{Store: stores.Store{
		Code: f.parseCode(c), Name: c.requiredName(fieldName, maxNameLen), Timezone: zone.String(),
		Street: store.NilIfEmpty(joinAddress(c.text(fieldAddress, maxAddressLen), c.text(fieldAddress2, maxAddressLen))),
		City:   store.NilIfEmpty(c.text(fieldCity, maxCityLen)), State: store.NilIfEmpty(c.text(fieldState, maxCityLen)),
		PostalCode: store.NilIfEmpty(c.text(fieldPostalCode, maxPostalCodeLen)), CountryCode: store.NilIfEmpty(f.parseCountry(c)),
		Format: stores.Format(c.enum(fieldFormat, formats())), Status: stores.Status(c.enum(fieldStatus, statuses())),
	}}
	if at := c.coordinates(zone); at != nil {
		row.Latitude, row.Longitude = &at.Latitude, &at.Longitude
	}
	row.RegionName = titleCase(c.requiredName(fieldRegion, maxNameLen))
	row.RegionCode = slug(row.RegionName)
	return row
}

func formats() []string {
	return []string{
		string(stores.FormatHypermarket), string(stores.FormatSupermarket), string(stores.FormatConvenience),
		string(stores.FormatDiscount), string(stores.FormatDarkStore),
	}
}

func statuses() []string {
	return []string{
		string(stores.StatusPlanned), string(stores.StatusOpen), string(stores.StatusPaused), string(stores.StatusClosed),
	}
}

func joinAddress(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + ", " + b
}

// parseCode returns the code of the row, or generates it from the columns of --code-from.
func (f *storeHandler) parseCode(c *cells) string {
	if len(f.codeFrom) == 0 {
		value := c.text(fieldCode, maxCodeLen)
		if value == "" && !c.hasProblem(fieldCode) {
			c.addProblemf(fieldCode, "The code is missing.")
		}
		return value
	}
	texts := make([]string, len(f.codeFrom))
	for i, column := range f.codeFrom {
		texts[i] = c.column(column, maxRecordLen)
	}
	code, ok := generateCode(texts)
	if !ok && len(c.values) > 0 {
		c.addProblemf(fieldCode, "The code cannot be generated: the columns of --code-from are empty.")
	}
	return code
}

// parseCountry returns a code of ISO 3166 in capitals.
func (f *storeHandler) parseCountry(c *cells) string {
	value := strings.ToUpper(c.text(fieldCountry, maxCityLen))
	if value == "" || len(value) == 2 && strings.Trim(value, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == "" {
		return value
	}
	c.addProblemf(fieldCountry, "The country %q is not a two-letter code (ISO 3166) such as US.", truncate(value, 40))
	return ""
}

// parseTimezone returns the timezone of the row, or nil if it has a problem.
func (f *storeHandler) parseTimezone(c *cells) *time.Location {
	value := c.text(fieldTimezone, maxCityLen)
	if zone, ok := f.zones[value]; ok {
		return zone
	}
	switch zone, err := time.LoadLocation(value); {
	case c.hasProblem(fieldTimezone):
	case value == "":
		c.addProblemf(fieldTimezone, "The timezone is missing.")
	case err != nil || value == "Local":
		c.addProblemf(fieldTimezone, "The timezone %q is not an IANA name such as America/New_York.", value)
	default:
		f.zones[value] = zone
		return zone
	}
	return nil
}

// checkDuplicate finds an earlier row with the same code.
func (f *storeHandler) checkDuplicate(row storeRow, line int) (repeats bool, field, reason string) {
	first, same, known := f.seen.add(row.Code, line, hashTexts(row.Code, row.Name, row.RegionCode,
		store.Deref(row.Street), store.Deref(row.City), store.Deref(row.State), store.Deref(row.PostalCode), store.Deref(row.CountryCode),
		formatDegrees(row.Latitude), formatDegrees(row.Longitude), row.Timezone, string(row.Format), string(row.Status)))
	switch {
	case !known:
		return false, "", ""
	case same:
		return true, "", ""
	}
	if len(f.codeFrom) > 0 {
		return false, fieldCode, fmt.Sprintf(
			"Line %d has the same values in the columns of --code-from, and so the same code %s, but other values elsewhere.",
			first, row.Code)
	}
	return false, fieldCode, fmt.Sprintf("Line %d has the same code %q but other values.", first, row.Code)
}

func (f *storeHandler) mergeKey(row storeRow) string { return row.Code }

// merge does nothing: rows with the same code are equal, because conflicting ones are rejected.
func (f *storeHandler) merge(*storeRow, storeRow) {}

// save upserts a batch.
func (f *storeHandler) save(ctx context.Context, tx *store.Tx, rows []storeRow) (batchResult, error) {
	done, err := stores.NewService(tx).Upsert(ctx, tx, auth.SystemScope(), rows, f.provided)
	if err != nil {
		return batchResult{}, fmt.Errorf("save stores: %w", err)
	}
	all := batchResult{regions: done.Regions, results: make([]rowResult, len(rows))}
	for i, change := range done.Changes {
		all.results[i].change = change
	}
	return all, nil
}
