package tasks

import (
	"context"
	"time"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/store"
)

// A Filter selects tasks. The zero value selects all.
type Filter struct {
	StoreID    uuid.NullUUID
	Statuses   store.Set[Status] // empty for all
	Kinds      store.Set[Kind]   // empty for all
	AssigneeID uuid.NullUUID
	DueFrom    time.Time // inclusive, in UTC; zero for no bound
	DueBefore  time.Time // exclusive, in UTC; zero for no bound
}

// A PageQuery is a page of a list of tasks.
type PageQuery struct {
	Filter

	Order Order
	First int32
	After store.Cursor
}

// ParseCursor parses a cursor of a list of tasks in an order.
func ParseCursor(order Order, s string) (store.Cursor, error) {
	return store.ParseTimeCursor(order[0], s)
}

// Cursor returns the task's cursor in an order.
func (t Task) Cursor(order Order) store.Cursor {
	if order == OrderCreatedAt {
		return store.TimeCursor(order[0], t.CreatedAt, t.ID)
	}
	return store.TimeCursor(order[0], t.DueAt, t.ID)
}

// List returns one page of the tasks that the scope includes.
func (s *Service) List(ctx context.Context, scope auth.Scope, q PageQuery) (store.Page[Task], error) {
	if q.StoreID.Valid { // a single store has better indexes
		pages, err := s.ListByStore(ctx, scope, []uuid.UUID{q.StoreID.UUID}, q)
		return pages[q.StoreID.UUID], err
	}
	params := listTasksByDueDateParams{
		ScopeAll: scope.All(), ScopeStores: scope.StoreIDs(),
		Statuses: q.Statuses.Strings(), Kinds: q.Kinds.Strings(), AssigneeID: q.AssigneeID,
		DueFrom: store.NilIfZero(q.DueFrom), DueBefore: store.NilIfZero(q.DueBefore),
		AfterAt: q.After.Time(), AfterID: q.After.NullID(), RowLimit: store.RowLimit(q.First),
	}
	query := s.lists.listTasksByDueDate
	if q.Order == OrderCreatedAt {
		query = func(ctx context.Context, p listTasksByDueDateParams) ([]Task, error) {
			return s.lists.listTasksByCreation(ctx, listTasksByCreationParams(p))
		}
	}
	return store.List(ctx, "tasks", query, params, q.First)
}

// Count counts the tasks that the scope includes.
func (s *Service) Count(ctx context.Context, scope auth.Scope, f Filter) (int, error) {
	if f.StoreID.Valid {
		counts, err := s.CountByStore(ctx, scope, []uuid.UUID{f.StoreID.UUID}, f)
		return counts[f.StoreID.UUID], err
	}
	return store.Count(ctx, "tasks", s.lists.countTasks, countTasksParams{
		ScopeAll: scope.All(), ScopeStores: scope.StoreIDs(),
		Statuses: f.Statuses.Strings(), Kinds: f.Kinds.Strings(), AssigneeID: f.AssigneeID,
		DueFrom: store.NilIfZero(f.DueFrom), DueBefore: store.NilIfZero(f.DueBefore),
	})
}

// ListByStore returns one page of tasks for each store. It ignores q.StoreID.
func (s *Service) ListByStore(
	ctx context.Context, scope auth.Scope, storeIDs []uuid.UUID, q PageQuery,
) (map[uuid.UUID]store.Page[Task], error) {
	if q.Order != OrderCreatedAt && q.onlyUnfinished() {
		return s.unfinishedPages(ctx, scope, storeIDs, q)
	}
	params := listTasksByStoreAndDueDateParams{
		StoreIds: storeIDs, ScopeAll: scope.All(), ScopeStores: scope.StoreIDs(),
		Statuses: q.Statuses.Strings(), Kinds: q.Kinds.Strings(), AssigneeID: q.AssigneeID,
		DueFrom: store.NilIfZero(q.DueFrom), DueBefore: store.NilIfZero(q.DueBefore),
		AfterAt: q.After.Time(), AfterID: q.After.NullID(), RowLimit: store.RowLimit(q.First),
	}
	query := s.lists.listTasksByStoreAndDueDate
	if q.Order == OrderCreatedAt {
		query = func(ctx context.Context, p listTasksByStoreAndDueDateParams) ([]Task, error) {
			return s.lists.listTasksByStoreAndCreation(ctx, listTasksByStoreAndCreationParams(p))
		}
	}
	return store.ListByParent(ctx, "tasks of stores", query, params, q.First, func(t *Task) uuid.UUID { return t.StoreID })
}

// onlyUnfinished reports whether the filter selects exactly the unfinished tasks.
func (f Filter) onlyUnfinished() bool {
	f.StoreID = uuid.NullUUID{}
	return f == Filter{Statuses: store.NewSet(StatusOpen, StatusAssigned, StatusInProgress)}
}

// unfinishedPages returns one page of unfinished tasks for each store, earliest due first.
func (s *Service) unfinishedPages(
	ctx context.Context, scope auth.Scope, storeIDs []uuid.UUID, q PageQuery,
) (map[uuid.UUID]store.Page[Task], error) {
	params := listUnfinishedTasksByStoreParams{
		StoreIds: storeIDs, ScopeAll: scope.All(), ScopeStores: scope.StoreIDs(),
		AfterID: q.After.NullID().UUID, RowLimit: store.RowLimit(q.First),
	}
	if after := q.After.Time(); after != nil {
		params.AfterAt = *after
	}
	return store.ListByParent(ctx, "unfinished tasks of stores", s.q.listUnfinishedTasksByStore, params, q.First,
		func(t *Task) uuid.UUID { return t.StoreID })
}

// CountByStore counts the tasks of stores. A store without tasks is absent.
func (s *Service) CountByStore(
	ctx context.Context, scope auth.Scope, storeIDs []uuid.UUID, f Filter,
) (map[uuid.UUID]int, error) {
	return store.CountByParent(ctx, "tasks of stores", s.lists.countTasksByStore, countTasksByStoreParams{
		StoreIds: storeIDs, ScopeAll: scope.All(), ScopeStores: scope.StoreIDs(),
		Statuses: f.Statuses.Strings(), Kinds: f.Kinds.Strings(), AssigneeID: f.AssigneeID,
		DueFrom: store.NilIfZero(f.DueFrom), DueBefore: store.NilIfZero(f.DueBefore),
	}, func(r countTasksByStoreRow) (uuid.UUID, int64) { return r.StoreID, r.Total })
}
