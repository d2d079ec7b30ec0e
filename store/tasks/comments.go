package tasks

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/store"
)

// Key returns the key of the comment's task.
func (c Comment) Key() TaskKey { return TaskKey{c.StoreID, c.TaskID} }

// A CommentPageQuery is a page of a task's comments, the oldest first.
type CommentPageQuery struct {
	First int32
	After store.Cursor
}

const commentOrder = 'm'

// ParseCommentCursor parses a cursor of a list of comments.
func ParseCommentCursor(s string) (store.Cursor, error) {
	return store.ParseTimeCursor(commentOrder, s)
}

// Cursor returns the comment's cursor.
func (c Comment) Cursor() store.Cursor { return store.TimeCursor(commentOrder, c.CreatedAt, c.ID) }

// GetComments returns the comments with the ids that the scope includes, in no order.
func (s *Service) GetComments(ctx context.Context, scope auth.Scope, ids []uuid.UUID) ([]Comment, error) {
	rows, err := s.q.getComments(ctx, getCommentsParams{
		Ids: ids, ScopeAll: scope.All(), ScopeStores: scope.StoreIDs(),
	})
	if err != nil {
		return nil, fmt.Errorf("comments by id: %w", err)
	}
	return rows, nil
}

// ListComments returns one page of comments for each task.
func (s *Service) ListComments(
	ctx context.Context, scope auth.Scope, keys []TaskKey, q CommentPageQuery,
) (map[TaskKey]store.Page[Comment], error) {
	storeIDs, taskIDs := splitKeys(keys)
	return store.ListByParent(ctx, "comments of tasks", s.q.listCommentsByTask, listCommentsByTaskParams{
		StoreIds: storeIDs, TaskIds: taskIDs, ScopeAll: scope.All(), ScopeStores: scope.StoreIDs(),
		AfterAt: q.After.Time(), AfterID: q.After.NullID(), RowLimit: store.RowLimit(q.First),
	}, q.First, func(c *Comment) TaskKey { return c.Key() })
}

// CountComments counts the comments of tasks. A task without comments is absent.
func (s *Service) CountComments(ctx context.Context, scope auth.Scope, keys []TaskKey) (map[TaskKey]int, error) {
	storeIDs, taskIDs := splitKeys(keys)
	return store.CountByParent(ctx, "comments of tasks", s.q.countCommentsByTask, countCommentsByTaskParams{
		StoreIds: storeIDs, TaskIds: taskIDs, ScopeAll: scope.All(), ScopeStores: scope.StoreIDs(),
	}, func(r countCommentsByTaskRow) (TaskKey, int64) { return TaskKey{r.StoreID, r.TaskID}, r.Total })
}
