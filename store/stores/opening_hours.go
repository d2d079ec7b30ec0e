package stores

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"aisle/store"
)

// An OpeningPeriod is a period in the store's time zone that begins on a weekday. If it closes at or before the time at which it opens,
// it ends on the next day.
type OpeningPeriod struct {
	Weekday Weekday `json:"weekday"`
	Opens   string  `json:"opens"`  // HH:MM, 00:00 to 23:59
	Closes  string  `json:"closes"` // HH:MM, 00:00 to 23:59
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

func weekdays() []Weekday {
	return []Weekday{Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday}
}

const (
	minutesOfDay  = 24 * 60
	minutesOfWeek = 7 * minutesOfDay
)

// A weekSpan is an OpeningPeriod in minutes from the beginning of Monday. It may continue after the end of Sunday.
type weekSpan struct{ begin, length int }

// overlaps reports whether two spans of a week have a minute in common. The week is a circle: Monday follows Sunday.
func (s weekSpan) overlaps(other weekSpan) bool {
	after := (other.begin - s.begin + minutesOfWeek) % minutesOfWeek
	return after < s.length || minutesOfWeek-after < other.length
}

// validateHours checks opening hours.
func validateHours(hours []OpeningPeriod) error {
	const maxPeriods = 50
	if len(hours) > maxPeriods {
		return store.NewUserError(store.CodeTooMany, "openingHours",
			"A store can have at most %d opening periods; got %d.", maxPeriods, len(hours))
	}
	spans := make([]weekSpan, len(hours))
	for i, period := range hours {
		opens, err := parseTime(fmt.Sprintf("openingHours.%d.opens", i), period.Opens)
		if err != nil {
			return err
		}
		closes, err := parseTime(fmt.Sprintf("openingHours.%d.closes", i), period.Closes)
		if err != nil {
			return err
		}
		spans[i] = weekSpan{slices.Index(weekdays(), period.Weekday)*minutesOfDay + opens, closes - opens}
		if spans[i].length <= 0 {
			spans[i].length += minutesOfDay
		}
		if other := slices.IndexFunc(spans[:i], spans[i].overlaps); other >= 0 {
			return store.NewInputError(fmt.Sprintf("openingHours.%d", i), "The opening periods %s and %s overlap.", hours[other], period)
		}
	}
	return nil
}

// sortHours returns the periods from Monday to Sunday, and never nil.
func sortHours(hours []OpeningPeriod) []OpeningPeriod {
	sorted := append([]OpeningPeriod{}, hours...)
	slices.SortFunc(sorted, func(a, b OpeningPeriod) int {
		return cmp.Or(slices.Index(weekdays(), a.Weekday)-slices.Index(weekdays(), b.Weekday), cmp.Compare(a.Opens, b.Opens))
	})
	return sorted
}

// String returns the period as errors name it.
func (p OpeningPeriod) String() string {
	return fmt.Sprintf("%s %s to %s", p.Weekday, p.Opens, p.Closes)
}

// parseTime returns the minute of the day of a time as HH:MM.
func parseTime(field, text string) (int, error) {
	at, err := time.Parse("15:04", text)
	switch {
	case text == "24:00":
		return 0, store.NewInputError(field, "24:00 is not a time. Send 00:00 for midnight: "+
			"a period that closes at or before the time at which it opens ends on the next day.")
	case err != nil || len(text) != len("15:04"):
		return 0, store.NewInputError(field, "The time must be HH:MM from 00:00 to 23:59, such as 07:30; got %s.", store.Quote(text))
	}
	return at.Hour()*60 + at.Minute(), nil
}
