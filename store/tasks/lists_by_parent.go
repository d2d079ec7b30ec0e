package tasks

import (
	"cmp"
	"context"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/store"
)

// ListByStore returns one page of tasks for each store.
func (s *Service) ListByStore(
	ctx context.Context, scope auth.Scope, storeIDs []uuid.UUID, q PageQuery,
) (map[uuid.UUID]store.Page[Task], error) {
	switch {
	case q.MatchesNone:
		return map[uuid.UUID]store.Page[Task]{}, nil
	case q.Order == OrderDueAtAsc && q.onlyUnfinished():
		return s.listUnfinishedByStore(ctx, scope, storeIDs, q)
	}
	return store.ListByParent(ctx, "tasks of stores", s.lists.listTasksByStore, listTasksByStoreParams{
		StoreIds: storeIDs, ScopeAll: scope.All(), ScopeStores: scope.StoreIDs(), InStores: q.Stores.IDs(),
		Statuses: q.Statuses.Strings(), Kinds: q.Kinds.Strings(), Priorities: q.Priorities.Strings(), AssigneeID: q.AssigneeID,
		TitlePattern: store.LikePattern(q.Search), DueFrom: store.NilIfZero(q.DueFrom), DueBefore: store.NilIfZero(q.DueBefore),
		NotOverdueAt: store.NilIfZero(q.NotOverdueAt),
		ListOrder:    string(cmp.Or(q.Order, OrderDueAtAsc)),
		AfterAt:      q.After.Time(), AfterID: q.After.NullID(), RowLimit: store.RowLimit(q.First),
	}, q.First, func(t *Task) uuid.UUID { return t.StoreID })
}

// listUnfinishedByStore returns one page of unfinished tasks for each store, earliest due first.
func (s *Service) listUnfinishedByStore(
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
	if f.MatchesNone {
		return map[uuid.UUID]int{}, nil
	}
	return store.CountByParent(ctx, "tasks of stores", s.lists.countTasksByStore, countTasksByStoreParams{
		StoreIds: storeIDs, ScopeAll: scope.All(), ScopeStores: scope.StoreIDs(), InStores: f.Stores.IDs(),
		Statuses: f.Statuses.Strings(), Kinds: f.Kinds.Strings(), Priorities: f.Priorities.Strings(), AssigneeID: f.AssigneeID,
		TitlePattern: store.LikePattern(f.Search), DueFrom: store.NilIfZero(f.DueFrom), DueBefore: store.NilIfZero(f.DueBefore),
		NotOverdueAt: store.NilIfZero(f.NotOverdueAt),
	}, func(r countTasksByStoreRow) (uuid.UUID, int64) { return r.StoreID, r.Total })
}

// ListByAssignee returns one page of the tasks of each employee.
func (s *Service) ListByAssignee(
	ctx context.Context, scope auth.Scope, employeeIDs []uuid.UUID, q PageQuery,
) (map[uuid.UUID]store.Page[Task], error) {
	if q.MatchesNone {
		return map[uuid.UUID]store.Page[Task]{}, nil
	}
	return store.ListByParent(ctx, "tasks of employees", s.lists.listTasksByAssignee, listTasksByAssigneeParams{
		AssigneeIds: employeeIDs, ScopeAll: scope.All(), ScopeStores: scope.StoreIDs(), InStores: q.Stores.IDs(),
		Statuses: q.Statuses.Strings(), Kinds: q.Kinds.Strings(), Priorities: q.Priorities.Strings(), AssigneeID: q.AssigneeID,
		TitlePattern: store.LikePattern(q.Search), DueFrom: store.NilIfZero(q.DueFrom), DueBefore: store.NilIfZero(q.DueBefore),
		NotOverdueAt: store.NilIfZero(q.NotOverdueAt),
		ListOrder:    string(cmp.Or(q.Order, OrderDueAtAsc)),
		AfterAt:      q.After.Time(), AfterID: q.After.NullID(), RowLimit: store.RowLimit(q.First),
	}, q.First, func(t *Task) uuid.UUID { return t.AssigneeID.UUID })
}

// CountByAssignee counts the tasks of employees. An employee without tasks is absent.
func (s *Service) CountByAssignee(
	ctx context.Context, scope auth.Scope, employeeIDs []uuid.UUID, f Filter,
) (map[uuid.UUID]int, error) {
	if f.MatchesNone {
		return map[uuid.UUID]int{}, nil
	}
	return store.CountByParent(ctx, "tasks of employees", s.lists.countTasksByAssignee, countTasksByAssigneeParams{
		AssigneeIds: employeeIDs, ScopeAll: scope.All(), ScopeStores: scope.StoreIDs(), InStores: f.Stores.IDs(),
		Statuses: f.Statuses.Strings(), Kinds: f.Kinds.Strings(), Priorities: f.Priorities.Strings(), AssigneeID: f.AssigneeID,
		TitlePattern: store.LikePattern(f.Search), DueFrom: store.NilIfZero(f.DueFrom), DueBefore: store.NilIfZero(f.DueBefore),
		NotOverdueAt: store.NilIfZero(f.NotOverdueAt),
	}, func(r countTasksByAssigneeRow) (uuid.UUID, int64) { return r.AssigneeID, r.Total })
}
