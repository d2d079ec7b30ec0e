package tasks

import (
	"cmp"
	"context"

	"aisle/auth"
	"aisle/store"
)

// A PageQuery is a page of a list of tasks.
type PageQuery struct {
	Filter

	Order Order
	First int32
	After store.Cursor
}

// ParseCursor parses a cursor of a list of tasks in an order.
func ParseCursor(order Order, s string) (store.Cursor, error) {
	return store.ParseTimeCursor(order.cursorOrder(), s)
}

// Cursor returns the task's cursor in an order.
func (t Task) Cursor(order Order) store.Cursor {
	if order == OrderCreatedAtAsc || order == OrderCreatedAtDesc {
		return store.TimeCursor(order.cursorOrder(), t.CreatedAt, t.ID)
	}
	return store.TimeCursor(order.cursorOrder(), t.DueAt, t.ID)
}

// List returns one page of the tasks that the scope includes.
func (s *Service) List(ctx context.Context, scope auth.Scope, q PageQuery) (store.Page[Task], error) {
	if q.MatchesNone {
		return store.Page[Task]{}, nil
	}
	if ids := q.Stores.IDs(); len(ids) == 1 { // a single store has better indexes
		q.Stores = StoreSet{}
		pages, err := s.ListByStore(ctx, scope, ids, q)
		return pages[ids[0]], err
	}
	return store.List(ctx, "tasks", s.lists.listTasks, listTasksParams{
		ScopeAll: scope.All(), ScopeStores: scope.StoreIDs(), InStores: q.Stores.IDs(),
		Statuses: q.Statuses.Strings(), Kinds: q.Kinds.Strings(), Priorities: q.Priorities.Strings(), AssigneeID: q.AssigneeID,
		TitlePattern: store.LikePattern(q.Search), DueFrom: store.NilIfZero(q.DueFrom), DueBefore: store.NilIfZero(q.DueBefore),
		NotOverdueAt: store.NilIfZero(q.NotOverdueAt),
		ListOrder:    string(cmp.Or(q.Order, OrderDueAtAsc)),
		AfterAt:      q.After.Time(), AfterID: q.After.NullID(), RowLimit: store.RowLimit(q.First),
	}, q.First)
}

// Count counts the tasks that the scope includes.
func (s *Service) Count(ctx context.Context, scope auth.Scope, f Filter) (int, error) {
	if f.MatchesNone {
		return 0, nil
	}
	return store.Count(ctx, "tasks", s.lists.countTasks, countTasksParams{
		ScopeAll: scope.All(), ScopeStores: scope.StoreIDs(), InStores: f.Stores.IDs(),
		Statuses: f.Statuses.Strings(), Kinds: f.Kinds.Strings(), Priorities: f.Priorities.Strings(), AssigneeID: f.AssigneeID,
		TitlePattern: store.LikePattern(f.Search), DueFrom: store.NilIfZero(f.DueFrom), DueBefore: store.NilIfZero(f.DueBefore),
		NotOverdueAt: store.NilIfZero(f.NotOverdueAt),
	})
}
