package importer

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	_ "time/tzdata" // a bare machine knows no timezones

	"aisle/auth"
	"aisle/store"
	"aisle/store/stores"
)

// The fields of a store.
const (
	fieldCode       = "code"
	fieldName       = "name"
	fieldRegion     = "region"
	fieldAddress    = "address"
	fieldAddress2   = "address2"
	fieldCity       = "city"
	fieldState      = "state"
	fieldPostalCode = "postal_code"
	fieldCountry    = "country"
	fieldLatitude   = "latitude"
	fieldLongitude  = "longitude"
	fieldTimezone   = "timezone"
	fieldFormat     = "format"
	fieldStatus     = "status"
)

func storeFields() []field {
	return []field{
		{name: fieldCode, aliases: []string{"storecode", "storenumber", "storeno", "storeid", "number"}, key: true},
		{name: fieldName, aliases: []string{"storename", "store"}},
		{name: fieldRegion, aliases: []string{"regionname", "regioncode"}},
		{name: fieldAddress, aliases: []string{"address1", "addressline1", "street", "streetaddress"}},
		{name: fieldAddress2, aliases: []string{"addressline2", "street2"}},
		{name: fieldCity, aliases: []string{"town"}},
		{name: fieldState, aliases: []string{"province", "statecode"}},
		{name: fieldPostalCode, aliases: []string{"postcode", "zip", "zipcode", "zip5"}},
		{name: fieldCountry, aliases: []string{"countrycode"}},
		{name: fieldLatitude, aliases: []string{"lat"}},
		{name: fieldLongitude, aliases: []string{"lon", "lng", "long"}},
		{name: fieldTimezone, aliases: []string{"tz"}},
		{name: fieldFormat, aliases: []string{"storeformat"}},
		{name: fieldStatus, aliases: []string{"storestatus"}},
	}
}

// The most characters of texts.
const (
	longestCode    = 64
	longestName    = 200
	longestAddress = 200
	longestCity    = 100
	longestPostal  = 20
)

// storeRow is a store of the file.
type storeRow = stores.StoreImport

// storeFile are the rules for files of stores.
type storeFile struct {
	codeFrom []int // columns
	known    stores.ProvidedFields
	zones    map[string]*time.Location
	seen     doubles
}

func newStoreFile(h *header, o StoresOptions) (*storeFile, error) {
	f := &storeFile{zones: map[string]*time.Location{}, seen: newDoubles(), known: stores.ProvidedFields{
		Address: h.has(fieldAddress) || h.has(fieldAddress2), City: h.has(fieldCity), State: h.has(fieldState),
		PostalCode: h.has(fieldPostalCode), Country: h.has(fieldCountry),
		Coordinates: h.has(fieldLatitude) && h.has(fieldLongitude),
	}}
	var errs []error
	for _, column := range o.CodeFrom {
		i, err := h.column(column)
		if err != nil {
			errs = append(errs, fmt.Errorf("--code-from: %w", err))
		}
		f.codeFrom = append(f.codeFrom, i)
	}
	_, hasCode := h.at[fieldCode]
	switch {
	case !hasCode && len(o.CodeFrom) == 0:
		errs = append(errs, h.missing(fieldCode, "--map code=COLUMN, or --code-from COLUMN,COLUMN to make one from what tells "+
			"stores apart"))
	case hasCode && len(o.CodeFrom) > 0:
		errs = append(errs, fmt.Errorf("--code-from is for files without a code, and this one has it in %q", h.label(fieldCode)))
	}
	if !h.has(fieldName) {
		errs = append(errs, h.missing(fieldName, "--map name=COLUMN"))
	}
	if !h.has(fieldRegion) {
		errs = append(errs, h.missing(fieldRegion, "--map region=COLUMN, or --set region=NAME when all stores are in one"))
	}
	if !h.has(fieldTimezone) {
		errs = append(errs, h.missing(fieldTimezone, "--map timezone=COLUMN, or --set timezone=America/New_York (its IANA name) "+
			"when it is the same for all"))
	}
	if h.has(fieldLatitude) != h.has(fieldLongitude) {
		errs = append(errs, h.missing(fieldLatitude+" and "+fieldLongitude, "--map for both, or leave both out"))
	}
	return f, errors.Join(append(errs, h.checkConstants(func(c *cells) { f.parse(c) }))...)
}

// missing is the error of a field that the file must have.
func (h *header) missing(field, remedy string) error {
	return fmt.Errorf("no column for the %s: say %s. The columns are %s", field, remedy, h.list())
}

// checkConstants finds what is wrong with the values of --set.
func (h *header) checkConstants(parse func(*cells)) error {
	alone := &header{at: map[string]int{}, constant: h.constant, fields: h.fields}
	c := cells{header: alone}
	parse(&c)
	var errs []error
	for _, p := range c.problems {
		if name, ok := strings.CutPrefix(p.column, "--set "); ok {
			errs = append(errs, fmt.Errorf("--set %s=%s: %s", name, h.constant[name], p.reason))
		}
	}
	return errors.Join(errs...)
}

func (f *storeFile) parse(c *cells) storeRow {
	zone := f.zone(c)
	row := storeRow{Store: stores.Store{
		Code: f.code(c), Name: c.name(fieldName, longestName), Timezone: zone.String(),
		Address: joined(c.text(fieldAddress, longestAddress), c.text(fieldAddress2, longestAddress)),
		City:    c.text(fieldCity, longestCity), State: c.text(fieldState, longestCity),
		PostalCode: c.text(fieldPostalCode, longestPostal), Country: f.country(c),
		Format: stores.Format(c.word(fieldFormat, formats())), Status: stores.Status(c.word(fieldStatus, statuses())),
	}}
	if at := c.coordinates(zone); at != nil {
		row.Latitude, row.Longitude = &at.Latitude, &at.Longitude
	}
	row.RegionName = titled(c.name(fieldRegion, longestName))
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

func joined(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + ", " + b
}

// code is the row's code, or the one made from other columns.
func (f *storeFile) code(c *cells) string {
	if len(f.codeFrom) == 0 {
		value := c.text(fieldCode, longestCode)
		if value == "" && !c.failed(fieldCode) {
			c.failf(fieldCode, "The code is missing.")
		}
		return value
	}
	texts := make([]string, len(f.codeFrom))
	for i, column := range f.codeFrom {
		texts[i] = c.column(column, longestRecord)
	}
	made, ok := madeCode(texts)
	if !ok && len(c.values) > 0 {
		c.failf(fieldCode, "There is nothing to make a code from: the columns of --code-from are empty.")
	}
	return made
}

// country is a code of ISO 3166, in capitals.
func (f *storeFile) country(c *cells) string {
	value := strings.ToUpper(c.text(fieldCountry, longestCity))
	if value == "" || len(value) == 2 && strings.Trim(value, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == "" {
		return value
	}
	c.failf(fieldCountry, "The country %q is not a code of two letters (ISO 3166), such as US.", clip(value, 40))
	return ""
}

// zone is the row's timezone; nil where there is a problem, so that nothing is said of how far from it the store is.
func (f *storeFile) zone(c *cells) *time.Location {
	value := c.text(fieldTimezone, longestCity)
	if zone, ok := f.zones[value]; ok {
		return zone
	}
	switch zone, err := time.LoadLocation(value); {
	case c.failed(fieldTimezone):
	case value == "":
		c.failf(fieldTimezone, "The timezone is missing.")
	case err != nil || value == "Local":
		c.failf(fieldTimezone, "The timezone %q is no IANA name, such as America/New_York.", value)
	default:
		f.zones[value] = zone
		return zone
	}
	return nil
}

// twice finds an earlier row with the same code.
func (f *storeFile) twice(row storeRow, line int) (repeats bool, field, why string) {
	first, same, known := f.seen.meet(row.Code, line, hashOf(row.Code, row.Name, row.RegionCode, row.Address, row.City, row.State,
		row.PostalCode, row.Country, place(row.Latitude), place(row.Longitude), row.Timezone, string(row.Format), string(row.Status)))
	switch {
	case !known:
		return false, "", ""
	case same:
		return true, "", ""
	}
	if len(f.codeFrom) > 0 {
		return false, fieldCode, fmt.Sprintf("Line %d has the same in the columns of --code-from, so the same code %s, and differs elsewhere.",
			first, row.Code)
	}
	return false, fieldCode, fmt.Sprintf("Line %d has the code %q, too, and differs elsewhere.", first, row.Code)
}

func place(degrees *float64) string {
	if degrees == nil {
		return ""
	}
	return fmt.Sprint(*degrees)
}

func (f *storeFile) key(row storeRow) string { return row.Code }

// merge has nothing to do: rows with one code are the same, else the later one is rejected.
func (f *storeFile) merge(*storeRow, storeRow) {}

// save upserts a batch.
func (f *storeFile) save(ctx context.Context, tx *store.Tx, rows []storeRow) (saved, error) {
	done, err := stores.NewService(tx).Upsert(ctx, tx, auth.SystemScope(), rows, f.known)
	if err != nil {
		return saved{}, fmt.Errorf("save stores: %w", err)
	}
	all := saved{regions: done.Regions, results: make([]result, len(rows))}
	for i, change := range done.Changes {
		all.results[i].change = change
	}
	return all, nil
}
