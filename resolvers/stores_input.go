package resolvers

import (
	"github.com/99designs/gqlgen/graphql"

	"aisle/graph"
	"aisle/store"
	"aisle/store/stores"
)

// maxCodeLen is the maximum length of a code, in characters.
const maxCodeLen = 64

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
	setIf(&s.Format, in.Format)
	setIf(&s.Status, in.Status)
	apply, err := parseStoreChanges(graph.UpdateStoreInput{
		RegionID: graphql.OmittableOf(&in.RegionID), Name: graphql.OmittableOf(&in.Name), Address: graphql.OmittableOf(in.Address),
		Location: graphql.OmittableOf(in.Location), Timezone: graphql.OmittableOf(&in.Timezone),
		OpeningHours: graphql.OmittableOf(in.OpeningHours),
	})
	if err != nil {
		return s, err
	}
	apply(&s)
	return s, nil
}

// parseStoreChanges parses the changes of a store.
func parseStoreChanges(in graph.UpdateStoreInput) (func(*stores.Store), error) {
	region, regionErr := parseRequired("regionId", in.RegionID)
	name, nameErr := parseRequiredText("name", in.Name, maxNameLen)
	format, formatErr := parseRequired("format", in.Format)
	setAddress, addressErr := parseAddressChanges(in.Address)
	timezone, timezoneErr := parseRequiredText("timezone", in.Timezone, maxNameLen)
	if err := firstError(regionErr, nameErr, formatErr, addressErr, timezoneErr); err != nil {
		return nil, err
	}
	regionID, err := parseOptionalID("regionId", stores.RegionPrefix, region)
	if err != nil {
		return nil, err
	}
	return func(s *stores.Store) {
		if regionID.Valid {
			s.RegionID = regionID.UUID
		}
		setIf(&s.Name, name)
		setIf(&s.Format, format)
		setAddress(s)
		if at, ok := in.Location.ValueOK(); ok {
			s.Latitude, s.Longitude = nil, nil
			if at != nil {
				s.Latitude, s.Longitude = new(at.Latitude+0), new(at.Longitude+0) // PostgreSQL's JSON has no -0
			}
		}
		setIf(&s.Timezone, timezone)
		if hours, ok := in.OpeningHours.ValueOK(); ok {
			s.OpeningHours = parseOpeningHours(hours)
		}
	}, nil
}

// parseAddressChanges parses the changes of a store's address.
func parseAddressChanges(in graphql.Omittable[*graph.AddressInput]) (func(*stores.Store), error) {
	address, sent := in.ValueOK()
	switch {
	case !sent:
		return func(*stores.Store) {}, nil
	case address == nil:
		null := graphql.OmittableOf[*string](nil)
		address = &graph.AddressInput{Street: null, City: null, State: null, PostalCode: null, CountryCode: null}
	}
	street, streetErr := parseClearableText("address.street", address.Street, maxNameLen)
	city, cityErr := parseClearableText("address.city", address.City, maxNameLen)
	state, stateErr := parseClearableText("address.state", address.State, maxNameLen)
	postalCode, postalCodeErr := parseClearableText("address.postalCode", address.PostalCode, maxNameLen)
	countryCode, countryCodeErr := parseClearableText("address.countryCode", address.CountryCode, maxNameLen)
	return func(s *stores.Store) {
		setIfSent(&s.Street, street)
		setIfSent(&s.City, city)
		setIfSent(&s.State, state)
		setIfSent(&s.PostalCode, postalCode)
		setIfSent(&s.CountryCode, countryCode)
	}, firstError(streetErr, cityErr, stateErr, postalCodeErr, countryCodeErr)
}

func parseOpeningHours(list []graph.OpeningPeriodInput) []stores.OpeningPeriod {
	hours := make([]stores.OpeningPeriod, len(list))
	for i, in := range list {
		hours[i] = stores.OpeningPeriod{Weekday: in.Weekday, Opens: in.Opens, Closes: in.Closes}
	}
	return hours
}
