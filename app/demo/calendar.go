package demo

import (
	"fmt"
	"time"
	_ "time/tzdata" // a chain spans time zones, and a bare machine knows none

	"aisle/store/stores"
)

// calendar is a store's own time: its zone and when it is open.
type calendar struct {
	zone *time.Location
	now  time.Time
	week [7]hours // by time.Weekday
}

// hours are when a store opens and closes, in hours after midnight.
type hours struct{ opens, closes int }

// week are the hours of Monday to Saturday, with another closing time and another Sunday.
func week(weekday, friday, sunday hours) [7]hours {
	return [7]hours{sunday, weekday, weekday, weekday, weekday, friday, friday}
}

// weekdays are the names of time.Weekday's days.
func weekdays() [7]stores.Weekday {
	return [7]stores.Weekday{
		stores.Sunday, stores.Monday, stores.Tuesday, stores.Wednesday, stores.Thursday, stores.Friday, stores.Saturday,
	}
}

// periods are the week as a store keeps it, from Monday to Sunday.
func periods(week [7]hours) []stores.OpeningPeriod {
	names := weekdays()
	list := make([]stores.OpeningPeriod, len(week))
	for i := range list {
		day := (i + 1) % len(week)
		list[i] = stores.OpeningPeriod{
			Weekday: names[day],
			Opens:   fmt.Sprintf("%02d:00", week[day].opens),
			Closes:  fmt.Sprintf("%02d:00", week[day].closes),
		}
	}
	return list
}

// at is the instant so many days after today, at the hour of the store's own clock.
func (c calendar) at(days, hour int) time.Time {
	year, month, day := c.now.In(c.zone).Date()
	return time.Date(year, month, day+days, hour, 0, 0, 0, c.zone).UTC()
}

// date is the day so many days after today in the store, as PostgreSQL's dates are kept: midnight in UTC.
func (c calendar) date(days int) time.Time {
	year, month, day := c.now.In(c.zone).Date()
	return time.Date(year, month, day+days, 0, 0, 0, 0, time.UTC)
}

// opening is from when to when the store is open, so many days after today.
func (c calendar) opening(days int) (from, to time.Time) {
	h := c.week[c.date(days).Weekday()]
	return c.at(days, h.opens), c.at(days, h.closes)
}

// lastOpen is the last instant at which people were in the store, and when they had opened it: now, or the last closing.
func (c calendar) lastOpen() (opened, last time.Time) {
	for days := 0; ; days-- {
		from, to := c.opening(days)
		if from.Before(c.now) {
			return from, earlier(to, c.now)
		}
	}
}

// nextMonday is the midnight with which the next week begins in the store.
func (c calendar) nextMonday() time.Time {
	days := (8 - int(c.date(0).Weekday())) % 7
	if days == 0 {
		days = 7
	}
	return c.at(days, 0)
}

const tick = 5 * time.Minute // due times are read by people

// moment is a time on the store's clock within the stretch, when there is one.
func (c calendar) moment(r random, from, to time.Time) (time.Time, bool) {
	first := from.Truncate(tick)
	if first.Before(from) {
		first = first.Add(tick)
	}
	ticks := int(to.Sub(first) / tick)
	if to.Before(first) {
		return time.Time{}, false
	}
	return first.Add(time.Duration(r.IntN(ticks+1)) * tick), true
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
