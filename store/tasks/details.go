package tasks

import (
	"context"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/store"
)

// TaskKey finds what belongs to a task. The store is a part of it, because tables that a store owns are read by it.
type TaskKey struct{ StoreID, TaskID uuid.UUID }

// Key is the task's key.
func (t Task) Key() TaskKey { return TaskKey{t.StoreID, t.ID} }

// Key is the key of the step's task.
func (s Step) Key() TaskKey { return TaskKey{s.StoreID, s.TaskID} }

// Key is the key of the comment's task.
func (c Comment) Key() TaskKey { return TaskKey{c.StoreID, c.TaskID} }

// columns are the keys as a query takes them: two arrays, side by side.
func columns(keys []TaskKey) (storeIDs, taskIDs []uuid.UUID) {
	for _, k := range keys {
		storeIDs, taskIDs = append(storeIDs, k.StoreID), append(taskIDs, k.TaskID)
	}
	return storeIDs, taskIDs
}

// ListSteps reads the steps of each task, in their order.
func (s *Service) ListSteps(ctx context.Context, scope auth.Scope, keys []TaskKey) ([]Step, error) {
	storeIDs, taskIDs := columns(keys)
	rows, err := s.q.listStepsByTask(ctx, listStepsByTaskParams{
		StoreIds: storeIDs, TaskIds: taskIDs, ScopeAll: scope.All(), ScopeStores: scope.StoreIDs(),
	})
	return rows, store.Wrap("steps of tasks", err)
}

// GetSteps reads the steps that have the ids and that the scope sees, in no order.
func (s *Service) GetSteps(ctx context.Context, scope auth.Scope, ids []uuid.UUID) ([]Step, error) {
	rows, err := s.q.getSteps(ctx, getStepsParams{Ids: ids, ScopeAll: scope.All(), ScopeStores: scope.StoreIDs()})
	return rows, store.Wrap("steps by id", err)
}

// CommentPageQuery is one page of a task's comments, the oldest first.
type CommentPageQuery struct {
	First int32
	After store.Cursor
}

const commentOrder = 'm'

// ParseCommentCursor reads the cursor of a list of comments.
func ParseCommentCursor(s string) (store.Cursor, error) {
	return store.ParseTimeCursor(commentOrder, s)
}

// Cursor is the comment's place in a list.
func (c Comment) Cursor() store.Cursor { return store.TimeCursor(commentOrder, c.CreatedAt, c.ID) }

// GetComments reads the comments that have the ids and that the scope sees, in no order.
func (s *Service) GetComments(ctx context.Context, scope auth.Scope, ids []uuid.UUID) ([]Comment, error) {
	rows, err := s.q.getComments(ctx, getCommentsParams{
		Ids: ids, ScopeAll: scope.All(), ScopeStores: scope.StoreIDs(),
	})
	return rows, store.Wrap("comments by id", err)
}

// ListComments reads one page of the comments of each task.
func (s *Service) ListComments(
	ctx context.Context, scope auth.Scope, keys []TaskKey, q CommentPageQuery,
) (map[TaskKey]store.Page[Comment], error) {
	storeIDs, taskIDs := columns(keys)
	rows, err := s.q.listCommentsByTask(ctx, listCommentsByTaskParams{
		StoreIds: storeIDs, TaskIds: taskIDs, ScopeAll: scope.All(), ScopeStores: scope.StoreIDs(),
		AfterAt: q.After.Time(), AfterID: q.After.NullID(), RowLimit: store.RowLimit(q.First),
	})
	return store.GroupPages(rows, q.First, func(c *Comment) TaskKey { return c.Key() }), store.Wrap("pages of comments", err)
}

// CountComments counts the comments of each task; a task without any is absent.
func (s *Service) CountComments(ctx context.Context, scope auth.Scope, keys []TaskKey) (map[TaskKey]int, error) {
	storeIDs, taskIDs := columns(keys)
	rows, err := s.q.countCommentsByTask(ctx, countCommentsByTaskParams{
		StoreIds: storeIDs, TaskIds: taskIDs, ScopeAll: scope.All(), ScopeStores: scope.StoreIDs(),
	})
	counts := make(map[TaskKey]int, len(rows))
	for _, r := range rows {
		counts[TaskKey{r.StoreID, r.TaskID}] = int(r.Total)
	}
	return counts, store.Wrap("count comments", err)
}
