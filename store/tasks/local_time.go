package tasks

import "time"

// LocalTime returns the instant of a date and time in a zone. A time that does not exist, because the clocks go forward, moves
// forward by the gap. Of a time that exists twice, because they go back, it is the first. (time.Date guarantees neither.)
func LocalTime(local time.Time, zone *time.Location) time.Time {
	wall := time.Date(local.Year(), local.Month(), local.Day(), local.Hour(), local.Minute(), local.Second(), 0, time.UTC)
	const day = 24 * time.Hour // longer than any offset
	_, before := wall.Add(-day).In(zone).Zone()
	_, after := wall.Add(day).In(zone).Zone()
	first := wall.Add(-time.Duration(before) * time.Second)
	second := wall.Add(-time.Duration(after) * time.Second)
	if !shows(first, wall, zone) && shows(second, wall, zone) {
		return second
	}
	return first
}

// shows reports whether a clock in the zone shows a wall time at an instant.
func shows(at, wall time.Time, zone *time.Location) bool {
	_, offset := at.In(zone).Zone()
	return at.Add(time.Duration(offset) * time.Second).Equal(wall)
}
