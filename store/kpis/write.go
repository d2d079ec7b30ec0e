package kpis

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"

	"aisle/store"
)

// writer writes rows. They have versions: what is there already stays when it is newer.
type writer struct{ q *Queries }

func (w writer) regions(ctx context.Context, regions []Region) error {
	var p upsertRegionsParams
	for _, r := range regions {
		p.Ids, p.Codes, p.Versions = append(p.Ids, r.ID), append(p.Codes, r.Code), append(p.Versions, r.Version)
	}
	if len(regions) == 0 {
		return nil
	}
	return store.Wrap("write regions", w.q.upsertRegions(ctx, p))
}

func (w writer) stores(ctx context.Context, rows []storeRow) error {
	var p upsertStoresParams
	for _, s := range rows {
		p.StoreIds, p.RegionIds = append(p.StoreIds, s.StoreID), append(p.RegionIds, s.RegionID)
		p.Timezones, p.Statuses = append(p.Timezones, s.Timezone), append(p.Statuses, s.Status)
		p.Versions, p.HeardAt = append(p.Versions, s.Version), append(p.HeardAt, s.HeardAt)
	}
	if len(rows) == 0 {
		return nil
	}
	return store.Wrap("write stores", w.q.upsertStores(ctx, p))
}

func (w writer) tasks(ctx context.Context, rows []taskRow) error {
	var p upsertTasksParams
	for _, t := range rows {
		p.TaskIds, p.StoreIds = append(p.TaskIds, t.TaskID), append(p.StoreIds, t.StoreID)
		p.Statuses, p.Versions = append(p.Statuses, t.Status), append(p.Versions, t.Version)
		p.Since, p.CreatedAt, p.DueAt = append(p.Since, t.Since), append(p.CreatedAt, t.CreatedAt), append(p.DueAt, t.DueAt)
		p.CompletedAt, p.Days = append(p.CompletedAt, orNone(t.CompletedAt)), append(p.Days, orNone(t.Day))
	}
	if len(rows) == 0 {
		return nil
	}
	return store.Wrap("write tasks", w.q.upsertTasks(ctx, p))
}

// orNone is the instant, or the one that stands for none in upsertTasks.
func orNone(at *time.Time) time.Time {
	if at == nil {
		return time.Time{}
	}
	return *at
}

func (w writer) feedback(ctx context.Context, list []Feedback, zone func(storeID uuid.UUID) *time.Location) error {
	var p insertFeedbackParams
	for _, f := range list {
		p.FeedbackIds, p.StoreIds, p.Scores = append(p.FeedbackIds, f.ID), append(p.StoreIds, f.StoreID), append(p.Scores, f.Score)
		p.SubmittedAt, p.Days = append(p.SubmittedAt, f.SubmittedAt), append(p.Days, dayOf(f.SubmittedAt, zone(f.StoreID)))
	}
	if len(list) == 0 {
		return nil
	}
	return store.Wrap("write feedback", w.q.insertFeedback(ctx, p))
}

// updateLastActivity notes when somebody worked in stores last.
func (w writer) heard(ctx context.Context, at map[uuid.UUID]time.Time) error {
	var p updateLastActivityParams
	for id, t := range at {
		p.StoreIds, p.At = append(p.StoreIds, id), append(p.At, t)
	}
	if len(at) == 0 {
		return nil
	}
	return store.Wrap("write when stores were heard of", w.q.updateLastActivity(ctx, p))
}

func (w writer) totals(ctx context.Context, totals map[uuid.UUID]total) error {
	var p addTotalsParams
	for id, t := range totals {
		p.Ids, p.Created, p.Done = append(p.Ids, id), append(p.Created, t.created), append(p.Done, t.done)
	}
	if len(totals) == 0 {
		return nil
	}
	return store.Wrap("write totals", w.q.addTotals(ctx, p))
}

// move puts all that happened in stores on the days that it is of in their zones.
func (w writer) move(ctx context.Context, storeIDs []uuid.UUID, zone func(storeID uuid.UUID) *time.Location) error {
	if len(storeIDs) == 0 {
		return nil
	}
	completions, err := w.q.listCompletionsByStore(ctx, storeIDs)
	if err != nil {
		return store.Wrap("completed tasks of stores", err)
	}
	said, err := w.q.listFeedbackByStore(ctx, storeIDs)
	if err != nil {
		return store.Wrap("feedback of stores", err)
	}
	var tasks updateCompletionDaysParams
	for _, c := range completions {
		tasks.TaskIds, tasks.Days = append(tasks.TaskIds, c.TaskID), append(tasks.Days, dayOf(c.CompletedAt, zone(c.StoreID)))
	}
	var feedback updateFeedbackDaysParams
	for _, f := range said {
		feedback.FeedbackIds = append(feedback.FeedbackIds, f.FeedbackID)
		feedback.Days = append(feedback.Days, dayOf(f.SubmittedAt, zone(f.StoreID)))
	}
	if err := w.q.updateCompletionDays(ctx, tasks); err != nil {
		return store.Wrap("move completed tasks to their days", err)
	}
	return store.Wrap("move feedback to its days", w.q.updateFeedbackDays(ctx, feedback))
}

// known are the days of stores of which something is known, or was.
func (w writer) known(ctx context.Context, storeIDs []uuid.UUID) ([]dayKey, error) {
	if len(storeIDs) == 0 {
		return nil, nil
	}
	rows, err := w.q.listKnownDays(ctx, storeIDs)
	keys := make([]dayKey, len(rows))
	for i, r := range rows {
		keys[i] = dayKey{r.StoreID, r.Day}
	}
	return keys, store.Wrap("known days of stores", err)
}

// count counts days anew. A day on which nothing happened any more goes.
func (w writer) count(ctx context.Context, keys []dayKey) error {
	const some = 1000 // one statement holds the log of events back for as long as it takes
	for part := range slices.Chunk(keys, some) {
		var p recountDaysParams
		for _, key := range part {
			p.StoreIds, p.Days = append(p.StoreIds, key.store), append(p.Days, key.day)
		}
		if err := w.q.recountDays(ctx, p); err != nil {
			return store.Wrap("count days", err)
		}
		if err := w.q.deleteEmptyDays(ctx, deleteEmptyDaysParams(p)); err != nil {
			return store.Wrap("forget empty days", err)
		}
	}
	return nil
}
