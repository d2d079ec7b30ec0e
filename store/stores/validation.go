package stores

import (
	"strings"
	"time"

	"aisle/store"
)

// validate checks the fields of a store. Its texts have been cleaned before.
func (s Store) validate() error {
	if s.CountryCode != nil && !isCountry(*s.CountryCode) {
		return store.NewInputError("address.countryCode", "The country must be an ISO 3166-1 code of two capital letters, such as US; got %s.",
			store.Quote(*s.CountryCode))
	}
	if err := validateDegrees("location.latitude", s.Latitude, 90); err != nil {
		return err
	}
	if err := validateDegrees("location.longitude", s.Longitude, 180); err != nil {
		return err
	}
	if !isTimezone(s.Timezone) {
		return store.NewInputError("timezone", "The time zone must be a name of the IANA database, such as America/New_York; got %s.",
			store.Quote(s.Timezone))
	}
	return validateHours(s.OpeningHours)
}

func isCountry(code string) bool {
	return len(code) == 2 && strings.Trim(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

func validateDegrees(field string, degrees *float64, limit float64) error {
	if degrees == nil || *degrees >= -limit && *degrees <= limit {
		return nil
	}
	return store.NewInputError(field, "The coordinate must be between -%v and %v degrees; got %v.", limit, limit, *degrees)
}

func isTimezone(name string) bool {
	_, err := time.LoadLocation(name)
	return err == nil && name != "" && name != "Local"
}
