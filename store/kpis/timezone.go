package kpis

import (
	"time"
	_ "time/tzdata" // so that stores' days do not depend on the machine's time zone database
)

// dayOf returns the day of an instant in a time zone, as PostgreSQL returns dates: its midnight in UTC.
func dayOf(at time.Time, zone *time.Location) time.Time {
	year, month, day := at.In(zone).Date()
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

// timezones caches loaded time zones by name. It is for one goroutine.
type timezones map[string]*time.Location

// get returns a time zone; UTC for an unknown name, and for the empty name of a store that is not known yet.
func (z timezones) get(name string) *time.Location {
	zone := z[name]
	if zone == nil {
		var err error
		if zone, err = time.LoadLocation(name); err != nil {
			zone = time.UTC
		}
		z[name] = zone
	}
	return zone
}
