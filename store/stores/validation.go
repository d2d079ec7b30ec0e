package stores

import (
	"slices"
	"strings"
	"time"

	"aisle/store"
)

// validate checks the fields of a store. Its texts have been cleaned before.
func (s Store) validate() error {
	if s.Country != "" && !isCountry(s.Country) {
		return store.NewInputError("country", "The country must be an ISO 3166-1 code of two capital letters, such as US; got %s.",
			store.Quote(s.Country))
	}
	if location := s.Location(); location != nil && !location.isValid() {
		return store.NewInputError("location",
			"The latitude must be between -90 and 90 degrees and the longitude between -180 and 180; got %v, %v.",
			location.Latitude, location.Longitude)
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

func (c Coordinates) isValid() bool {
	return c.Latitude >= -90 && c.Latitude <= 90 && c.Longitude >= -180 && c.Longitude <= 180
}

func isTimezone(name string) bool {
	_, err := time.LoadLocation(name)
	return err == nil && name != "" && name != "Local"
}

// canBecome reports whether UpdateStore may change the status to another one. CloseStore closes a store.
func (s Status) canBecome(next Status) bool {
	transitions := map[Status][]Status{
		StatusPlanned: {StatusPlanned, StatusOpen},
		StatusOpen:    {StatusOpen, StatusPaused},
		StatusPaused:  {StatusPaused, StatusOpen},
	}
	return slices.Contains(transitions[s], next)
}
