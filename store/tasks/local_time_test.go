package tasks_test

import (
	"testing"
	"time"

	"aisle/store/tasks"
)

func TestLocalTimesOfDaylightSaving(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ zone, local, want string }{
		{"America/New_York", "2026-03-01T18:00:00", "2026-03-01T23:00:00Z"},
		{"America/New_York", "2026-07-01T18:00:00", "2026-07-01T22:00:00Z"},
		{"America/New_York", "2026-03-08T01:59:59", "2026-03-08T06:59:59Z"},
		{"America/New_York", "2026-03-08T02:00:00", "2026-03-08T07:00:00Z"}, // does not exist: 03:00
		{"America/New_York", "2026-03-08T02:30:00", "2026-03-08T07:30:00Z"}, // does not exist: 03:30
		{"America/New_York", "2026-03-08T03:00:00", "2026-03-08T07:00:00Z"},
		{"America/New_York", "2026-11-01T00:59:59", "2026-11-01T04:59:59Z"},
		{"America/New_York", "2026-11-01T01:30:00", "2026-11-01T05:30:00Z"}, // twice: the first, in summer time
		{"America/New_York", "2026-11-01T02:00:00", "2026-11-01T07:00:00Z"},
		{"America/Los_Angeles", "2026-03-08T02:30:00", "2026-03-08T10:30:00Z"},
		{"America/Los_Angeles", "2026-11-01T01:30:00", "2026-11-01T08:30:00Z"},
		{"America/Chicago", "2026-03-08T18:00:00", "2026-03-08T23:00:00Z"},
		{"America/Denver", "2026-11-01T18:00:00", "2026-11-02T01:00:00Z"},
		{"America/Phoenix", "2026-03-08T02:30:00", "2026-03-08T09:30:00Z"}, // no daylight saving
		{"America/Anchorage", "2026-11-01T01:30:00", "2026-11-01T09:30:00Z"},
		{"Pacific/Honolulu", "2026-11-01T01:30:00", "2026-11-01T11:30:00Z"},
		{"UTC", "2026-03-08T02:30:00", "2026-03-08T02:30:00Z"},
	} {
		zone, err := time.LoadLocation(c.zone)
		if err != nil {
			t.Fatal(err)
		}
		local, err := time.Parse("2006-01-02T15:04:05", c.local)
		if err != nil {
			t.Fatal(err)
		}
		if got := tasks.LocalTime(local, zone).UTC().Format(time.RFC3339); got != c.want {
			t.Errorf("%s in %s: %s, want %s", c.local, c.zone, got, c.want)
		}
	}
}
