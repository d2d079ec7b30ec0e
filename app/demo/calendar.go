package demo

import (
	"fmt"
	"time"
	_ "time/tzdata" // for machines without timezone data

	"aisle/store/stores"
)

// calendar is the timezone and the opening hours of a store.
type calendar struct {
	zone *time.Location
	now  time.Time
	week [7]hours // by time.Weekday
}

// hours are the opening and closing times of a store, in hours after midnight.
type hours struct{ opens, closes int }

// newWeek returns the hours of each day: weekday applies from Monday to Thursday, friday on Friday and Saturday.
func newWeek(weekday, friday, sunday hours) [7]hours {
	return [7]hours{sunday, weekday, weekday, weekday, weekday, friday, friday}
}

// weekdays returns the weekdays in the order of time.Weekday.
func weekdays() [7]stores.Weekday {
	return [7]stores.Weekday{
		stores.Sunday, stores.Monday, stores.Tuesday, stores.Wednesday, stores.Thursday, stores.Friday, stores.Saturday,
	}
}

const hoursOfDay = 24

// openingPeriods converts a week to opening periods from Monday to Sunday.
func openingPeriods(week [7]hours) []stores.OpeningPeriod {
	names := weekdays()
	list := make([]stores.OpeningPeriod, len(week))
	for i := range list {
		day := (i + 1) % len(week)
		list[i] = stores.OpeningPeriod{
			Weekday: names[day],
			Opens:   fmt.Sprintf("%02d:00", week[day].opens),
			Closes:  fmt.Sprintf("%02d:00", week[day].closes%hoursOfDay),
		}
	}
	return list
}

// at returns the instant at an hour of the store's local time, a number of days after today.
func (c calendar) at(days, hour int) time.Time {
	year, month, day := c.now.In(c.zone).Date()
	return time.Date(year, month, day+days, hour, 0, 0, 0, c.zone).UTC()
}

// date returns the store's local date a number of days after today, as midnight in UTC like PostgreSQL's dates.
func (c calendar) date(days int) time.Time {
	year, month, day := c.now.In(c.zone).Date()
	return time.Date(year, month, day+days, 0, 0, 0, 0, time.UTC)
}

// opening returns when the store opens and closes, a number of days after today.
func (c calendar) opening(days int) (from, to time.Time) {
	h := c.week[c.date(days).Weekday()]
	return c.at(days, h.opens), c.at(days, h.closes)
}

// lastOpen returns the last instant at which the store was open, which may be now, and when it had opened.
func (c calendar) lastOpen() (opened, last time.Time) {
	for days := 0; ; days-- {
		from, to := c.opening(days)
		if from.Before(c.now) {
			return from, earlier(to, c.now)
		}
	}
}

// nextMonday returns the store's local midnight at the beginning of next week.
func (c calendar) nextMonday() time.Time {
	days := (8 - int(c.date(0).Weekday())) % 7
	if days == 0 {
		days = 7
	}
	return c.at(days, 0)
}

const dueTimeStep = 5 * time.Minute // people choose round due times

// randomTime returns a random round time between two times, if there is one.
func (c calendar) randomTime(r random, from, to time.Time) (time.Time, bool) {
	first := from.Truncate(dueTimeStep)
	if first.Before(from) {
		first = first.Add(dueTimeStep)
	}
	ticks := int(to.Sub(first) / dueTimeStep)
	if to.Before(first) {
		return time.Time{}, false
	}
	return first.Add(time.Duration(r.IntN(ticks+1)) * dueTimeStep), true
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

const day = 24 * time.Hour
