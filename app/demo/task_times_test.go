package demo

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"aisle/store/stores"
	"aisle/store/tasks"
)

// instants returns times around the clock changes in the United States, and at night.
func instants() map[string]time.Time {
	return map[string]time.Time{
		"an ordinary day":              noon,
		"the night before spring":      time.Date(2026, time.March, 8, 6, 50, 0, 0, time.UTC),
		"the hour that is left out":    time.Date(2026, time.March, 8, 7, 10, 0, 0, time.UTC),
		"the day after spring begins":  time.Date(2026, time.March, 9, 20, 0, 0, 0, time.UTC),
		"the hour that comes twice":    time.Date(2026, time.November, 1, 5, 30, 0, 0, time.UTC),
		"a week after winter time":     time.Date(2026, time.November, 8, 18, 0, 0, 0, time.UTC),
		"the last minute of the year":  time.Date(2026, time.December, 31, 23, 59, 59, 0, time.UTC),
		"a Monday at midnight (UTC)":   time.Date(2026, time.July, 6, 0, 0, 0, 0, time.UTC),
		"a Sunday, all stores closed":  time.Date(2026, time.July, 5, 8, 0, 0, 0, time.UTC),
		"the leap day of another year": time.Date(2028, time.February, 29, 12, 0, 0, 0, time.UTC),
	}
}

func TestDueTimesAreInOpeningHours(t *testing.T) {
	for name, now := range instants() {
		t.Run(name, func(t *testing.T) {
			for _, s := range generate(t, smallOptions(now)).Stores {
				zone := zoneOf(t, s.Store)
				for _, row := range s.Tasks {
					if !openAt(s.Store, row.DueAt.In(zone)) {
						t.Fatalf("%s in %s is not open at %v", s.Store.Code, s.Store.Timezone, row.DueAt)
					}
				}
			}
		})
	}
}

func TestTenPercentOfUnfinishedTasksAreOverdue(t *testing.T) {
	for name, now := range instants() {
		t.Run(name, func(t *testing.T) {
			for _, s := range generate(t, smallOptions(now)).Stores {
				overdue := 0
				for _, row := range s.Tasks {
					if row.Status.Unfinished() && row.DueAt.Before(now) {
						overdue++
					}
				}
				if worksNow := s.Store.Status == stores.StatusOpen; worksNow && overdue != overdueTasks {
					t.Fatalf("%d tasks of %s are overdue", overdue, s.Store.Code)
				}
			}
		})
	}
}

func TestTimesOfATaskAreInOrder(t *testing.T) {
	for name, now := range instants() {
		t.Run(name, func(t *testing.T) {
			for _, s := range generate(t, smallOptions(now)).Stores {
				ends := map[uuid.UUID]tasks.CopyTasksParams{}
				for _, row := range s.Tasks {
					ends[row.ID] = row
					if err := checkTask(row, now); err != nil {
						t.Fatalf("%+v: %v", row, err)
					}
				}
				for _, step := range s.Steps {
					if err := checkStep(step, ends[step.TaskID]); err != nil {
						t.Fatalf("%+v: %v", step, err)
					}
				}
				for _, c := range s.Comments {
					if at := c.CreatedAt; at.Before(ends[c.TaskID].CreatedAt) || at.After(now) {
						t.Fatalf("%+v is before its task or in the future", c)
					}
				}
			}
		})
	}
}

func checkTask(row tasks.CopyTasksParams, now time.Time) error {
	started := row.Status == tasks.StatusInProgress || row.Status == tasks.StatusCompleted || row.Status == tasks.StatusVerified
	completed := row.Status == tasks.StatusCompleted || row.Status == tasks.StatusVerified
	times := []time.Time{row.CreatedAt}
	if row.StartedAt != nil {
		times = append(times, *row.StartedAt)
	}
	if row.CompletedAt != nil {
		times = append(times, *row.CompletedAt)
	}
	times = append(times, row.UpdatedAt, now)
	switch {
	case started != (row.StartedAt != nil) || completed != (row.CompletedAt != nil):
		return fmt.Errorf("%s has wrong times", row.Status)
	case row.DueAt.Before(row.CreatedAt):
		return errors.New("due before it was created")
	case row.Version < 1 || completed && row.Version < 6:
		return fmt.Errorf("version %d", row.Version)
	}
	for i := 1; i < len(times); i++ {
		if times[i].Before(times[i-1]) {
			return fmt.Errorf("its times are out of order: %v", times)
		}
	}
	return nil
}

func checkStep(step tasks.CopyStepsParams, task tasks.CopyTasksParams) error {
	if !step.Done {
		if step.Required && task.CompletedAt != nil {
			return errors.New("a completed task has a required step that is not done")
		}
		return nil
	}
	if task.StartedAt == nil || step.DoneAt.Before(*task.StartedAt) || step.DoneAt.After(task.UpdatedAt) {
		return fmt.Errorf("done at %v, outside of its task", step.DoneAt)
	}
	if task.CompletedAt != nil && step.DoneAt.After(*task.CompletedAt) {
		return errors.New("done after its task was")
	}
	return nil
}

func TestFinishedTasksAreFromTheLastSixtyDays(t *testing.T) {
	days := map[int]int{}
	for _, row := range defaultChain(t).Stores[0].Tasks {
		if !row.Status.Unfinished() {
			days[int(noon.Sub(row.DueAt)/day)]++
		}
	}
	if len(days) < 55 {
		t.Errorf("tasks on %d days only", len(days))
	}
	for ago := range days {
		if ago < 0 || ago > 60 {
			t.Errorf("tasks of %d days ago", ago)
		}
	}
}

func TestEmployeesWereHiredBeforeTheOldestTask(t *testing.T) {
	for _, s := range defaultChain(t).Stores {
		for _, e := range s.Employees {
			if len(s.Tasks) > 0 && e.HiredOn.After(noon.AddDate(0, 0, -60)) || e.HiredOn.After(noon) {
				t.Errorf("%s was hired on %v", e.Login, e.HiredOn)
			}
		}
	}
}

func TestNextMondayIsInLocalTime(t *testing.T) {
	honolulu, err := time.LoadLocation("Pacific/Honolulu")
	if err != nil {
		t.Fatal(err)
	}
	monday := time.Date(2026, time.July, 6, 0, 0, 0, 0, honolulu)
	for name, now := range map[string]time.Time{
		"on a Sunday evening": time.Date(2026, time.July, 5, 23, 59, 0, 0, honolulu),
		"on a Monday":         time.Date(2026, time.June, 29, 0, 0, 0, 0, honolulu),
	} {
		t.Run(name, func(t *testing.T) {
			if got := (calendar{zone: honolulu, now: now}).nextMonday(); !got.Equal(monday) {
				t.Errorf("%v, not %v", got.In(honolulu), monday)
			}
		})
	}
}

// openAt reports whether a store is open, by its opening hours.
func openAt(s stores.CopyStoresParams, local time.Time) bool {
	for _, back := range []int{0, 1} { // a period of the day before may end today
		weekday := strings.ToUpper(local.AddDate(0, 0, -back).Weekday().String())
		clock := fmt.Sprintf("%02d:%02d", local.Hour()+24*back, local.Minute())
		for _, p := range s.OpeningHours {
			closes := p.Closes
			if closes <= p.Opens {
				var hour, minute int
				_, _ = fmt.Sscanf(closes, "%d:%d", &hour, &minute)
				closes = fmt.Sprintf("%02d:%02d", hour+24, minute)
			}
			if string(p.Weekday) == weekday && p.Opens <= clock && clock <= closes {
				return true
			}
		}
	}
	return false
}

func zoneOf(t *testing.T, s stores.CopyStoresParams) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation(s.Timezone)
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

func BenchmarkStore(b *testing.B) {
	o, _ := options(noon).check()
	p, _, err := newPlan(o)
	if err != nil {
		b.Fatal(err)
	}
	for n := 1; b.Loop(); n++ {
		p.makeStore(n)
	}
}
