package kpis

import (
	"slices"
	"time"

	"aisle/store"
)

// MaxDays is the maximum length of a Range.
const MaxDays = 366

// A Range is a span of days, both ends included. Each is a midnight in UTC.
type Range struct{ From, To time.Time }

// NewRange validates the days that a client asks for.
func NewRange(from, to, now time.Time) (Range, error) {
	const earliestZone = 14 * time.Hour // UTC+14, where a day begins first
	r := Range{from, to}
	switch last := now.UTC().Add(earliestZone); {
	case to.Before(from):
		return r, store.NewInputError("to", "The last day must not be before the first day, %s; got %s.",
			from.Format(time.DateOnly), to.Format(time.DateOnly))
	case to.After(last):
		return r, store.NewInputError("to", "The last day must not be in the future; got %s.", to.Format(time.DateOnly))
	case r.days() > MaxDays:
		return r, store.NewInputError("from", "A range must have at most %d days; got %d, from %s to %s.",
			MaxDays, r.days(), from.Format(time.DateOnly), to.Format(time.DateOnly))
	}
	return r, nil
}

// days returns the number of days.
func (r Range) days() int { return int(r.To.Sub(r.From)/(24*time.Hour)) + 1 }

// KPIs are a store's totals over some days.
type KPIs struct {
	TasksCompleted int32 // and not rejected since
	FeedbackCount  int32

	onTime, promoters, detractors int32
}

// OnTimeRate returns the share of completed tasks that were on time, from 0 to 1; nil when none was completed.
func (k KPIs) OnTimeRate() *float64 {
	if k.TasksCompleted == 0 {
		return nil
	}
	return new(float64(k.onTime) / float64(k.TasksCompleted))
}

// NPS returns the net promoter score, from -100 to 100: the percentage of scores of 9 and 10 minus the percentage of scores
// up to 6. It is nil without feedback.
func (k KPIs) NPS() *float64 { return netPromoterScore(k.promoters, k.detractors, k.FeedbackCount) }

func netPromoterScore[N int32 | int64](promoters, detractors, responses N) *float64 {
	if responses == 0 {
		return nil
	}
	return new(100 * float64(promoters-detractors) / float64(responses))
}

func (k KPIs) add(other KPIs) KPIs {
	return KPIs{
		k.TasksCompleted + other.TasksCompleted, k.FeedbackCount + other.FeedbackCount,
		k.onTime + other.onTime, k.promoters + other.promoters, k.detractors + other.detractors,
	}
}

// Day has the KPIs of one day.
type Day struct {
	KPIs

	Date time.Time // midnight in UTC
}

// A Report has a store's KPIs of a Range.
type Report struct {
	KPIs

	MedianSecondsToComplete *int32 // seconds from a task's creation to its completion; nil when none was completed
	Days                    []Day  // every day of the range, in order

	seconds []int32 // from creation to completion, of each task
}

func newReport(r Range) *Report {
	report := &Report{Days: make([]Day, r.days())}
	for i := range report.Days {
		report.Days[i].Date = r.From.AddDate(0, 0, i)
	}
	return report
}

// Sum returns the report of several stores together. It takes tasks and feedback together: rates are those of the sums, and the median is
// that of all tasks.
func Sum(r Range, reports []*Report) *Report {
	total := newReport(r)
	for _, report := range reports {
		total.KPIs = total.add(report.KPIs)
		for i, day := range report.Days {
			total.Days[i].KPIs = total.Days[i].add(day.KPIs)
		}
		total.seconds = append(total.seconds, report.seconds...)
	}
	total.MedianSecondsToComplete = median(total.seconds)
	return total
}

// median returns the median of the numbers, which it sorts; nil for none. It rounds the mean of two middle numbers down.
func median(list []int32) *int32 {
	n := len(list)
	if n == 0 {
		return nil
	}
	slices.Sort(list)
	low, high := int64(list[(n-1)/2]), int64(list[n/2])
	return new(int32((low + high) / 2)) //nolint:gosec // between the two
}
