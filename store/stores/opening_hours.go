package stores

import (
	"time"

	"aisle/store"
)

// An OpeningPeriod is a period of a weekday, in the store's time zone. Closes may be "24:00".
type OpeningPeriod struct {
	Weekday Weekday `json:"weekday"`
	Opens   string  `json:"opens"`  // HH:MM
	Closes  string  `json:"closes"` // HH:MM
}

// Weekday is a day of the week.
type Weekday string

// The weekdays, in the order of ISO 8601.
const (
	Monday    Weekday = "MONDAY"
	Tuesday   Weekday = "TUESDAY"
	Wednesday Weekday = "WEDNESDAY"
	Thursday  Weekday = "THURSDAY"
	Friday    Weekday = "FRIDAY"
	Saturday  Weekday = "SATURDAY"
	Sunday    Weekday = "SUNDAY"
)

// validateHours checks opening hours.
func validateHours(hours []OpeningPeriod) error {
	const maxPeriods = 50
	if len(hours) > maxPeriods {
		return store.NewInputError("openingHours", "A store can have at most %d opening periods; got %d.", maxPeriods, len(hours))
	}
	for i, period := range hours {
		if !isTime(period.Opens) || !isTime(period.Closes) || period.Opens >= period.Closes {
			return store.NewInputError("openingHours", "An opening period needs times as HH:MM, with opens before closes; got %s to %s on %s.",
				store.Quote(period.Opens), store.Quote(period.Closes), period.Weekday)
		}
		for _, other := range hours[:i] {
			if other.Weekday == period.Weekday && other.Opens < period.Closes && period.Opens < other.Closes {
				return store.NewInputError("openingHours", "Two opening periods on %s overlap.", period.Weekday)
			}
		}
	}
	return nil
}

// isTime reports whether a text is a time of day as HH:MM, or 24:00.
func isTime(s string) bool {
	_, err := time.Parse("15:04", s)
	return err == nil && len(s) == len("15:04") || s == "24:00"
}
