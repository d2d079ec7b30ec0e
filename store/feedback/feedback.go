// Package feedback is the module of customer feedback about stores.
package feedback

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/store"
)

// Prefix is the prefix of feedback's global ids.
const Prefix = "feedback"

// GlobalID returns the feedback's id for clients.
func (f Feedback) GlobalID() string { return store.GlobalID(Prefix, f.ID) }

// Service reads and writes the module's rows.
type Service struct{ q *Queries }

// NewService returns the module's service on a pool or a transaction.
func NewService(db store.DB) *Service { return &Service{New(store.WithModule(db, "feedback"))} }

// EventData is the data of a feedback event.
type EventData struct {
	Feedback Feedback `json:"feedback"`
}

// A Submission is feedback to store.
type Submission struct {
	StoreID     uuid.UUID
	Score       int32 // from 0 to 10
	Comment     *string
	SubmittedAt time.Time
}

// errStoreOutsideScope is a programming error: the caller checks the store first.
var errStoreOutsideScope = errors.New("the scope does not include the feedback's store")

// Submit stores feedback and emits its event.
func (s *Service) Submit(ctx context.Context, tx *store.Tx, scope auth.Scope, submission Submission) (Feedback, error) {
	if !scope.IncludesStore(submission.StoreID) {
		return Feedback{}, errStoreOutsideScope
	}
	row := Feedback{
		ID: store.NewID(), StoreID: submission.StoreID, Score: submission.Score, Comment: submission.Comment,
		SubmittedAt: submission.SubmittedAt.UTC().Truncate(time.Microsecond), CreatedAt: tx.Now, ActorID: tx.ActorID,
	}
	if err := New(tx).insertFeedback(ctx, insertFeedbackParams(row)); err != nil {
		return Feedback{}, fmt.Errorf("insert feedback: %w", err)
	}
	tx.Emit(store.NewStoreEvent(store.EventFeedbackReceived, row.StoreID, row.ID, EventData{row}))
	return row, nil
}

// GetFeedback returns the feedback with the ids that the scope includes, in no order.
func (s *Service) GetFeedback(ctx context.Context, scope auth.Scope, ids []uuid.UUID) ([]Feedback, error) {
	rows, err := s.q.getFeedback(ctx, getFeedbackParams{Ids: ids, ScopeAll: scope.All(), ScopeStores: scope.StoreIDs()})
	if err != nil {
		return nil, fmt.Errorf("feedback by id: %w", err)
	}
	return rows, nil
}

// ListInIDOrder returns up to limit feedback that the scope includes, in the order of the ids, behind an id: for reading all of
// it.
func (s *Service) ListInIDOrder(ctx context.Context, scope auth.Scope, after uuid.UUID, limit int32) ([]Feedback, error) {
	rows, err := s.q.listFeedbackAfterID(ctx, listFeedbackAfterIDParams{
		AfterID: after, ScopeAll: scope.All(), ScopeStores: scope.StoreIDs(), RowLimit: limit,
	})
	if err != nil {
		return nil, fmt.Errorf("feedback in order: %w", err)
	}
	return rows, nil
}

// A PageQuery is a page of a store's feedback, newest first.
type PageQuery struct {
	First int32
	After store.Cursor
}

const order = 'f'

// ParseCursor parses a cursor of a list of feedback.
func ParseCursor(s string) (store.Cursor, error) { return store.ParseTimeCursor(order, s) }

// Cursor returns the feedback's cursor.
func (f Feedback) Cursor() store.Cursor { return store.TimeCursor(order, f.SubmittedAt, f.ID) }

// ListByStore returns one page of feedback for each store.
func (s *Service) ListByStore(
	ctx context.Context, scope auth.Scope, storeIDs []uuid.UUID, q PageQuery,
) (map[uuid.UUID]store.Page[Feedback], error) {
	return store.ListByParent(ctx, "feedback of stores", s.q.listFeedbackByStore, listFeedbackByStoreParams{
		StoreIds: storeIDs, ScopeAll: scope.All(), ScopeStores: scope.StoreIDs(),
		AfterAt: q.After.Time(), AfterID: q.After.NullID(), RowLimit: store.RowLimit(q.First),
	}, q.First, func(f *Feedback) uuid.UUID { return f.StoreID })
}

// CountByStore counts the feedback of stores. A store without feedback is absent.
func (s *Service) CountByStore(ctx context.Context, scope auth.Scope, storeIDs []uuid.UUID) (map[uuid.UUID]int, error) {
	return store.CountByParent(ctx, "feedback of stores", s.q.countFeedbackByStore, countFeedbackByStoreParams{
		StoreIds: storeIDs, ScopeAll: scope.All(), ScopeStores: scope.StoreIDs(),
	}, func(r countFeedbackByStoreRow) (uuid.UUID, int64) { return r.StoreID, r.Total })
}
