// Package feedback is the module of what customers say about stores.
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

// GlobalID is the feedback's id as clients see it.
func (f Feedback) GlobalID() string { return store.GlobalID(Prefix, f.ID) }

// Service reads and writes the module's rows.
type Service struct{ q *Queries }

// NewService makes the module's service on a pool or a transaction.
func NewService(db store.DB) *Service { return &Service{New(store.WithModule(db, "feedback"))} }

// EventData is what an event tells of feedback.
type EventData struct {
	Feedback Feedback `json:"feedback"`
}

// Submission is what a customer said.
type Submission struct {
	StoreID     uuid.UUID
	Score       int32 // from 0 to 10
	Comment     *string
	SubmittedAt time.Time
}

// errForeign is a fault of the caller, who has looked the store up.
var errForeign = errors.New("feedback for a store that the scope does not see")

// Submit notes what a customer said.
func (s *Service) Submit(ctx context.Context, tx *store.Tx, scope auth.Scope, said Submission) (Feedback, error) {
	if !scope.IncludesStore(said.StoreID) {
		return Feedback{}, errForeign
	}
	row := Feedback{
		ID: store.NewID(), StoreID: said.StoreID, Score: said.Score, Comment: said.Comment,
		SubmittedAt: said.SubmittedAt.UTC().Truncate(time.Microsecond), CreatedAt: tx.Now, ActorID: tx.ActorID,
	}
	if err := New(tx).insertFeedback(ctx, insertFeedbackParams(row)); err != nil {
		return Feedback{}, fmt.Errorf("insert feedback: %w", err)
	}
	tx.Emit(store.NewStoreEvent(store.EventFeedbackReceived, row.StoreID, row.ID, EventData{row}))
	return row, nil
}

// GetFeedback reads the feedback that has the ids and that the scope sees, in no order.
func (s *Service) GetFeedback(ctx context.Context, scope auth.Scope, ids []uuid.UUID) ([]Feedback, error) {
	rows, err := s.q.getFeedback(ctx, getFeedbackParams{Ids: ids, ScopeAll: scope.All(), ScopeStores: scope.StoreIDs()})
	return rows, store.Wrap("feedback by id", err)
}

// ListInIDOrder reads feedback that the scope sees in the order of the ids, from behind one on, most at most: for those who go through all.
func (s *Service) ListInIDOrder(ctx context.Context, scope auth.Scope, after uuid.UUID, limit int32) ([]Feedback, error) {
	rows, err := s.q.listFeedbackAfterID(ctx, listFeedbackAfterIDParams{
		AfterID: after, ScopeAll: scope.All(), ScopeStores: scope.StoreIDs(), RowLimit: limit,
	})
	return rows, store.Wrap("feedback in order", err)
}

// PageQuery is one page of a store's feedback, the newest first.
type PageQuery struct {
	First int32
	After store.Cursor
}

const order = 'f'

// ParseCursor reads the cursor of a list of feedback.
func ParseCursor(s string) (store.Cursor, error) { return store.ParseTimeCursor(order, s) }

// Cursor is the feedback's place in a list.
func (f Feedback) Cursor() store.Cursor { return store.TimeCursor(order, f.SubmittedAt, f.ID) }

// ListByStore reads one page of the feedback of each store.
func (s *Service) ListByStore(
	ctx context.Context, scope auth.Scope, storeIDs []uuid.UUID, q PageQuery,
) (map[uuid.UUID]store.Page[Feedback], error) {
	rows, err := s.q.listFeedbackByStore(ctx, listFeedbackByStoreParams{
		StoreIds: storeIDs, ScopeAll: scope.All(), ScopeStores: scope.StoreIDs(),
		AfterAt: q.After.Time(), AfterID: q.After.NullID(), RowLimit: store.RowLimit(q.First),
	})
	return store.GroupPages(rows, q.First, func(f *Feedback) uuid.UUID { return f.StoreID }), store.Wrap("pages of feedback", err)
}

// CountByStore counts the feedback of each store; a store without any is absent.
func (s *Service) CountByStore(ctx context.Context, scope auth.Scope, storeIDs []uuid.UUID) (map[uuid.UUID]int, error) {
	rows, err := s.q.countFeedbackByStore(ctx, countFeedbackByStoreParams{
		StoreIds: storeIDs, ScopeAll: scope.All(), ScopeStores: scope.StoreIDs(),
	})
	counts := make(map[uuid.UUID]int, len(rows))
	for _, r := range rows {
		counts[r.StoreID] = int(r.Total)
	}
	return counts, store.Wrap("count feedback", err)
}
