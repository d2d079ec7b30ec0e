// Package kpis is the module of the stores' key figures: what was done in them and what customers said, per store and day. Its
// rows are made from the log of events, and anew from what the modules have (Projector).
//
// A day is a day of the store: from midnight to midnight in its timezone. A task counts on the day on which it was completed,
// and no more once it was rejected; feedback on the day on which it was said.
package kpis

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/store"
)

// MaxDays is how many days a range has at most.
const MaxDays = 366

// Range is some days, the first and the last among them: midnights in UTC.
type Range struct{ From, To time.Time }

// NewRange checks the days that somebody asks for at an instant.
func NewRange(from, to, now time.Time) (Range, error) {
	const east = 14 * time.Hour // where the day begins first
	r := Range{from, to}
	switch last := now.UTC().Add(east); {
	case to.Before(from):
		return r, store.NewInputError("to", "The last day, %s, is before the first, %s.", to.Format(time.DateOnly), from.Format(time.DateOnly))
	case to.After(last):
		return r, store.NewInputError("to", "The day %s is still to come: the last day can be today.", to.Format(time.DateOnly))
	case r.days() > MaxDays:
		return r, store.NewInputError("from", "From %s to %s are %d days: ask for %d at most.",
			from.Format(time.DateOnly), to.Format(time.DateOnly), r.days(), MaxDays)
	}
	return r, nil
}

// days is how many days the range has.
func (r Range) days() int { return int(r.To.Sub(r.From)/(24*time.Hour)) + 1 }

// Metrics are what was done in a store on some days, and what customers said.
type KPIs struct {
	TasksCompleted int32 // and not rejected since
	FeedbackCount  int32

	onTime, promoters, detractors int32
}

// OnTimeRate is the share of the completed tasks that were not late, from 0 to 1; nil when none was completed.
func (f KPIs) OnTimeRate() *float64 {
	if f.TasksCompleted == 0 {
		return nil
	}
	return new(float64(f.onTime) / float64(f.TasksCompleted))
}

// NPS is the net promoter score, from -100 to 100: the share of those who gave 9 or 10 less that of those who gave 6 or less,
// in percent. It is nil when nobody said anything.
func (f KPIs) NPS() *float64 { return nps(f.promoters, f.detractors, f.FeedbackCount) }

func nps[N int32 | int64](promoters, detractors, answers N) *float64 {
	if answers == 0 {
		return nil
	}
	return new(100 * float64(promoters-detractors) / float64(answers))
}

func (f KPIs) plus(d KPIs) KPIs {
	return KPIs{
		f.TasksCompleted + d.TasksCompleted, f.FeedbackCount + d.FeedbackCount,
		f.onTime + d.onTime, f.promoters + d.promoters, f.detractors + d.detractors,
	}
}

// Day are the figures of one day.
type Day struct {
	KPIs

	Date time.Time // its midnight in UTC
}

// Report are a store's figures of a range.
type Report struct {
	KPIs

	MedianTimeToComplete *int32 // seconds from a task's creation to its completion; nil when none was completed
	Days                 []Day  // each day of the range, in order
}

// Service reads the module's rows.
type Service struct{ q *Queries }

// NewService makes the module's service on a pool or a transaction.
func NewService(db store.DB) *Service { return &Service{New(store.WithModule(db, "kpis"))} }

// GetReports are the figures of stores in a range. A store that the scope does not see is absent.
func (s *Service) GetReports(
	ctx context.Context, scope auth.Scope, storeIDs []uuid.UUID, r Range,
) (map[uuid.UUID]*Report, error) {
	rows, err := s.q.listDaysByStore(ctx, listDaysByStoreParams{
		StoreIds: storeIDs, FromDay: r.From, ToDay: r.To, ScopeAll: scope.All(), ScopeStores: scope.StoreIDs(),
	})
	if err != nil {
		return nil, store.Wrap("days of stores", err)
	}
	reports := make(map[uuid.UUID]*Report, len(storeIDs))
	for _, id := range storeIDs {
		if scope.IncludesStore(id) {
			reports[id] = emptyReport(r)
		}
	}
	seconds := make(map[uuid.UUID][]int32, len(storeIDs))
	for _, row := range rows {
		report := reports[row.StoreID]
		day := &report.Days[Range{r.From, row.Day}.days()-1]
		day.KPIs = KPIs{row.Completed, row.Answers, row.OnTime, row.Promoters, row.Detractors}
		report.KPIs = report.plus(day.KPIs)
		seconds[row.StoreID] = append(seconds[row.StoreID], row.Seconds...)
	}
	for id, list := range seconds {
		reports[id].MedianTimeToComplete = median(list)
	}
	return reports, nil
}

func emptyReport(r Range) *Report {
	report := &Report{Days: make([]Day, r.days())}
	for i := range report.Days {
		report.Days[i].Date = r.From.AddDate(0, 0, i)
	}
	return report
}

// median is the middle one of the numbers, which it sorts, or the mean of the two middle ones; nil of none.
func median(list []int32) *int32 {
	n := len(list)
	if n == 0 {
		return nil
	}
	slices.Sort(list)
	low, high := int64(list[(n-1)/2]), int64(list[n/2])
	return new(int32((low + high) / 2)) //nolint:gosec // between the two
}
