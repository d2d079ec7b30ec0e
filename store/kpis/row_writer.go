package kpis

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
)

// A rowWriter writes rows. Each row has its entity's version: a stored row with a newer version stays. An empty list sends
// no statement.
type rowWriter struct{ q *Queries }

// A zoneFunc returns the time zone of a store.
type zoneFunc func(storeID uuid.UUID) *time.Location

// A storeDay is a day of a store.
type storeDay struct {
	store uuid.UUID
	day   time.Time
}

// taskTotals are added to a region's counters, which only grow.
type taskTotals struct{ created, done int64 }

func (w rowWriter) writeRegions(ctx context.Context, regions []Region) error {
	if len(regions) == 0 {
		return nil
	}
	var p upsertRegionsParams
	for _, r := range regions {
		p.Ids, p.Codes, p.Versions = append(p.Ids, r.ID), append(p.Codes, r.Code), append(p.Versions, r.Version)
	}
	if err := w.q.upsertRegions(ctx, p); err != nil {
		return fmt.Errorf("write regions: %w", err)
	}
	return nil
}

func (w rowWriter) writeStores(ctx context.Context, rows []storeRow) error {
	if len(rows) == 0 {
		return nil
	}
	var p upsertStoresParams
	for _, s := range rows {
		p.StoreIds, p.RegionIds = append(p.StoreIds, s.StoreID), append(p.RegionIds, s.RegionID)
		p.Timezones, p.Statuses = append(p.Timezones, s.Timezone), append(p.Statuses, s.Status)
		p.Versions, p.LastActivityAt = append(p.Versions, s.Version), append(p.LastActivityAt, s.LastActivityAt)
	}
	if err := w.q.upsertStores(ctx, p); err != nil {
		return fmt.Errorf("write stores: %w", err)
	}
	return nil
}

func (w rowWriter) writeTasks(ctx context.Context, rows []taskRow) error {
	if len(rows) == 0 {
		return nil
	}
	var p upsertTasksParams
	for _, t := range rows {
		p.TaskIds, p.StoreIds = append(p.TaskIds, t.TaskID), append(p.StoreIds, t.StoreID)
		p.Statuses, p.Versions = append(p.Statuses, t.Status), append(p.Versions, t.Version)
		p.Since, p.CreatedAt, p.DueAt = append(p.Since, t.Since), append(p.CreatedAt, t.CreatedAt), append(p.DueAt, t.DueAt)
		p.CompletedAt, p.Days = append(p.CompletedAt, zeroIfNil(t.CompletedAt)), append(p.Days, zeroIfNil(t.Day))
	}
	if err := w.q.upsertTasks(ctx, p); err != nil {
		return fmt.Errorf("write tasks: %w", err)
	}
	return nil
}

// zeroIfNil converts nil to the zero time, which stands for NULL in upsertTasks.
func zeroIfNil(at *time.Time) time.Time {
	if at == nil {
		return time.Time{}
	}
	return *at
}

func (w rowWriter) writeFeedback(ctx context.Context, list []Feedback, zone zoneFunc) error {
	if len(list) == 0 {
		return nil
	}
	var p insertFeedbackParams
	for _, f := range list {
		p.FeedbackIds, p.StoreIds, p.Scores = append(p.FeedbackIds, f.ID), append(p.StoreIds, f.StoreID), append(p.Scores, f.Score)
		p.SubmittedAt, p.Days = append(p.SubmittedAt, f.SubmittedAt), append(p.Days, dayOf(f.SubmittedAt, zone(f.StoreID)))
	}
	if err := w.q.insertFeedback(ctx, p); err != nil {
		return fmt.Errorf("write feedback: %w", err)
	}
	return nil
}

// writeLastActivity writes when somebody last worked in each store.
func (w rowWriter) writeLastActivity(ctx context.Context, at map[uuid.UUID]time.Time) error {
	if len(at) == 0 {
		return nil
	}
	var p updateLastActivityParams
	for id, t := range at {
		p.StoreIds, p.At = append(p.StoreIds, id), append(p.At, t)
	}
	if err := w.q.updateLastActivity(ctx, p); err != nil {
		return fmt.Errorf("write the last activity of stores: %w", err)
	}
	return nil
}

// addTotals adds to the regions' counters.
func (w rowWriter) addTotals(ctx context.Context, totals map[uuid.UUID]taskTotals) error {
	if len(totals) == 0 {
		return nil
	}
	var p addTotalsParams
	for id, t := range totals {
		p.Ids, p.Created, p.Done = append(p.Ids, id), append(p.Created, t.created), append(p.Done, t.done)
	}
	if err := w.q.addTotals(ctx, p); err != nil {
		return fmt.Errorf("write totals: %w", err)
	}
	return nil
}

// reassignDays computes the days of all tasks and feedback of stores again, after their time zones changed.
func (w rowWriter) reassignDays(ctx context.Context, storeIDs []uuid.UUID, zone zoneFunc) error {
	if len(storeIDs) == 0 {
		return nil
	}
	completions, err := w.q.listCompletionsByStore(ctx, storeIDs)
	if err != nil {
		return fmt.Errorf("completed tasks of stores: %w", err)
	}
	feedback, err := w.q.listFeedbackByStore(ctx, storeIDs)
	if err != nil {
		return fmt.Errorf("feedback of stores: %w", err)
	}
	var tasks updateCompletionDaysParams
	for _, c := range completions {
		tasks.TaskIds, tasks.Days = append(tasks.TaskIds, c.TaskID), append(tasks.Days, dayOf(c.CompletedAt, zone(c.StoreID)))
	}
	var days updateFeedbackDaysParams
	for _, f := range feedback {
		days.FeedbackIds = append(days.FeedbackIds, f.FeedbackID)
		days.Days = append(days.Days, dayOf(f.SubmittedAt, zone(f.StoreID)))
	}
	if err := w.q.updateCompletionDays(ctx, tasks); err != nil {
		return fmt.Errorf("move completed tasks to other days: %w", err)
	}
	if err := w.q.updateFeedbackDays(ctx, days); err != nil {
		return fmt.Errorf("move feedback to other days: %w", err)
	}
	return nil
}

// listKnownDays returns the days of stores that have tasks, feedback or counts.
func (w rowWriter) listKnownDays(ctx context.Context, storeIDs []uuid.UUID) ([]storeDay, error) {
	if len(storeIDs) == 0 {
		return nil, nil
	}
	rows, err := w.q.listKnownDays(ctx, storeIDs)
	days := make([]storeDay, len(rows))
	for i, r := range rows {
		days[i] = storeDay{r.StoreID, r.Day}
	}
	if err != nil {
		return nil, fmt.Errorf("known days of stores: %w", err)
	}
	return days, nil
}

// recountDays counts the tasks and the feedback of days again, and deletes days that have none.
func (w rowWriter) recountDays(ctx context.Context, days []storeDay) error {
	const chunkSize = 1000 // a long statement delays the event log
	for chunk := range slices.Chunk(days, chunkSize) {
		var p recountDaysParams
		for _, d := range chunk {
			p.StoreIds, p.Days = append(p.StoreIds, d.store), append(p.Days, d.day)
		}
		if err := w.q.recountDays(ctx, p); err != nil {
			return fmt.Errorf("count days: %w", err)
		}
		if err := w.q.deleteEmptyDays(ctx, deleteEmptyDaysParams(p)); err != nil {
			return fmt.Errorf("delete empty days: %w", err)
		}
	}
	return nil
}
