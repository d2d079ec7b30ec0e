package importer

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"aisle/auth"
	"aisle/store"
	"aisle/store/stores"
)

// The fields of a store.
const (
	code       = "code"
	name       = "name"
	region     = "region"
	address    = "address"
	address2   = "address2"
	city       = "city"
	state      = "state"
	postalCode = "postal_code"
	country    = "country"
	latitude   = "latitude"
	longitude  = "longitude"
	timezone   = "timezone"
	format     = "format"
	status     = "status"
)

func storeFields() []field {
	return []field{
		{name: code, aliases: []string{"storecode", "storenumber", "storeno", "storeid", "number"}, key: true},
		{name: name, aliases: []string{"storename", "store"}},
		{name: region, aliases: []string{"regionname", "regioncode"}},
		{name: address, aliases: []string{"address1", "addressline1", "street", "streetaddress"}},
		{name: address2, aliases: []string{"addressline2", "street2"}},
		{name: city, aliases: []string{"town"}},
		{name: state, aliases: []string{"province", "statecode"}},
		{name: postalCode, aliases: []string{"postcode", "zip", "zipcode", "zip5"}},
		{name: country, aliases: []string{"countrycode"}},
		{name: latitude, aliases: []string{"lat"}},
		{name: longitude, aliases: []string{"lon", "lng", "long"}},
		{name: timezone, aliases: []string{"tz"}},
		{name: format, aliases: []string{"storeformat"}},
		{name: status, aliases: []string{"storestatus"}},
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
type storeRow = stores.Incoming

// storeFile are the rules for files of stores.
type storeFile struct {
	codeFrom []int // columns
	known    stores.Known
	zones    map[string]*time.Location
	seen     doubles
}

func newStoreFile(h *header, o StoresOptions) (*storeFile, error) {
	f := &storeFile{zones: map[string]*time.Location{}, seen: newDoubles(), known: stores.Known{
		Address: h.has(address) || h.has(address2), City: h.has(city), State: h.has(state), PostalCode: h.has(postalCode),
		Country: h.has(country), Coordinates: h.has(latitude) && h.has(longitude),
	}}
	var errs []error
	for _, column := range o.CodeFrom {
		i, err := h.column(column)
		if err != nil {
			errs = append(errs, fmt.Errorf("--code-from: %w", err))
		}
		f.codeFrom = append(f.codeFrom, i)
	}
	_, hasCode := h.at[code]
	switch {
	case !hasCode && len(o.CodeFrom) == 0:
		errs = append(errs, h.missing(code, "--map code=COLUMN, or --code-from COLUMN,COLUMN to make one from what tells stores apart"))
	case hasCode && len(o.CodeFrom) > 0:
		errs = append(errs, fmt.Errorf("--code-from is for files without a code, and this one has it in %q", h.label(code)))
	}
	if !h.has(name) {
		errs = append(errs, h.missing(name, "--map name=COLUMN"))
	}
	if !h.has(region) {
		errs = append(errs, h.missing(region, "--map region=COLUMN, or --set region=NAME when all stores are in one"))
	}
	if !h.has(timezone) {
		errs = append(errs, h.missing(timezone, "--map timezone=COLUMN, or --set timezone=America/New_York (its IANA name) when it is the same for all"))
	}
	if h.has(latitude) != h.has(longitude) {
		errs = append(errs, h.missing(latitude+" and "+longitude, "--map for both, or leave both out"))
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
		Code: f.code(c), Name: c.name(name, longestName), Timezone: zone.String(),
		Address: joined(c.text(address, longestAddress), c.text(address2, longestAddress)),
		City:    c.text(city, longestCity), State: c.text(state, longestCity),
		PostalCode: c.text(postalCode, longestPostal), Country: f.country(c),
		Format: stores.Format(c.word(format, formats())), Status: stores.Status(c.word(status, statuses())),
	}}
	if at := c.coordinates(zone); at != nil {
		row.Latitude, row.Longitude = &at.Latitude, &at.Longitude
	}
	row.RegionName = titled(c.name(region, longestName))
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
		value := c.text(code, longestCode)
		if value == "" && !c.failed(code) {
			c.fail(code, "The code is missing.")
		}
		return value
	}
	texts := make([]string, len(f.codeFrom))
	for i, column := range f.codeFrom {
		texts[i] = c.column(column, longestRecord)
	}
	made, ok := madeCode(texts)
	if !ok && len(c.values) > 0 {
		c.fail(code, "There is nothing to make a code from: the columns of --code-from are empty.")
	}
	return made
}

// country is a code of ISO 3166, in capitals.
func (f *storeFile) country(c *cells) string {
	value := strings.ToUpper(c.text(country, longestCity))
	if value == "" || len(value) == 2 && strings.Trim(value, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == "" {
		return value
	}
	c.fail(country, "The country %q is not a code of two letters (ISO 3166), such as US.", clip(value, 40))
	return ""
}

// zone is the row's timezone. It is never nil, but UTC where there is a problem.
func (f *storeFile) zone(c *cells) *time.Location {
	value := c.text(timezone, longestCity)
	if zone, ok := f.zones[value]; ok {
		return zone
	}
	switch zone, err := time.LoadLocation(value); {
	case c.failed(timezone):
	case value == "":
		c.fail(timezone, "The timezone is missing.")
	case err != nil || value == "Local":
		c.fail(timezone, "The timezone %q is no IANA name, such as America/New_York.", value)
	default:
		f.zones[value] = zone
		return zone
	}
	return time.UTC
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
		return false, code, fmt.Sprintf("Line %d has the same in the columns of --code-from, so the same code %s, and differs elsewhere.",
			first, row.Code)
	}
	return false, code, fmt.Sprintf("Line %d has the code %q, too, and differs elsewhere.", first, row.Code)
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
func (f *storeFile) save(ctx context.Context, db store.DB, rows []storeRow) (saved, error) {
	done, err := stores.NewService(db).Upsert(ctx, auth.SystemScope(), rows, f.known)
	if err != nil {
		return saved{}, fmt.Errorf("save stores: %w", err)
	}
	all := saved{regions: done.Regions, results: make([]result, len(rows))}
	for i, change := range done.Changes {
		all.results[i].change = change
	}
	return all, nil
}
