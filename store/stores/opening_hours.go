package stores

// OpeningPeriod is one stretch of opening on one weekday, in the store's own time. Closes may be "24:00".
type OpeningPeriod struct {
	Weekday Weekday `json:"weekday"`
	Opens   string  `json:"opens"`  // HH:MM
	Closes  string  `json:"closes"` // HH:MM
}

// Weekday is a day of the week.
type Weekday string

// The weekdays, as ISO 8601 orders them.
const (
	Monday    Weekday = "MONDAY"
	Tuesday   Weekday = "TUESDAY"
	Wednesday Weekday = "WEDNESDAY"
	Thursday  Weekday = "THURSDAY"
	Friday    Weekday = "FRIDAY"
	Saturday  Weekday = "SATURDAY"
	Sunday    Weekday = "SUNDAY"
)
