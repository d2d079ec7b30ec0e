package stores

import (
	"slices"
	"strings"
	"time"

	"aisle/store"
)

// check says which rule a store breaks that is to be; nil when none. Texts are clean already.
func (s Store) check() error {
	if s.Country != "" && !isCountry(s.Country) {
		return store.NewInputError("country", "%q is no country: give its two capitals, as ISO 3166-1 has it: US.", s.Country)
	}
	if place := s.Location(); place != nil && !place.valid() {
		return store.NewInputError("location", "%v, %v is not on the earth: a latitude is -90 to 90 degrees, a longitude -180 to 180.",
			place.Latitude, place.Longitude)
	}
	if !isTimezone(s.Timezone) {
		return store.NewInputError("timezone", "%q is no timezone: give one as the IANA database names it: America/New_York.", s.Timezone)
	}
	return checkHours(s.OpeningHours)
}

func isCountry(code string) bool {
	return len(code) == 2 && strings.Trim(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

func (c Coordinates) valid() bool {
	return c.Latitude >= -90 && c.Latitude <= 90 && c.Longitude >= -180 && c.Longitude <= 180
}

func isTimezone(name string) bool {
	_, err := time.LoadLocation(name)
	return err == nil && name != "" && name != "Local"
}

// checkHours says what is wrong with opening hours; nil for nothing.
func checkHours(hours []OpeningPeriod) error {
	const most = 50
	if len(hours) > most {
		return store.NewInputError("openingHours", "There are %d periods, and may be %d at most.", len(hours), most)
	}
	for i, period := range hours {
		if !isTime(period.Opens) || !isTime(period.Closes) || period.Opens >= period.Closes {
			return store.NewInputError("openingHours", "%s from %q to %q cannot be: times are HH:MM, and a store opens before it closes.",
				period.Weekday, period.Opens, period.Closes)
		}
		for _, other := range hours[:i] {
			if other.Weekday == period.Weekday && other.Opens < period.Closes && period.Opens < other.Closes {
				return store.NewInputError("openingHours", "On %s two periods overlap.", period.Weekday)
			}
		}
	}
	return nil
}

// isTime says whether a text is a time of the day as HH:MM, the end of a day being 24:00.
func isTime(s string) bool {
	_, err := time.Parse("15:04", s)
	return err == nil && len(s) == len("15:04") || s == "24:00"
}

// follows says whether a store in the status may get the next one. Closing is for good, and a command of its own.
func (s Status) follows(next Status) bool {
	after := map[Status][]Status{
		StatusPlanned: {StatusPlanned, StatusOpen},
		StatusOpen:    {StatusOpen, StatusPaused},
		StatusPaused:  {StatusPaused, StatusOpen},
	}
	return slices.Contains(after[s], next)
}
