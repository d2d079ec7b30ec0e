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
	SubmittedAt time.Time // zero for now
	ExternalID  *string   // in the actor's system, which uses it once; nil for none
}

// An Outcome is the result of recording one submission.
type Outcome struct {
	Feedback Feedback         // the recorded feedback, or the earlier one with the same external id and content
	IsNew    bool             // it was recorded now
	Err      *store.UserError // why the submission was rejected; nil otherwise
}

// errStoreOutsideScope is a programming error: the caller checks the store first.
var errStoreOutsideScope = errors.New("the scope does not include the feedback's store")

// Record stores feedback and emits an event for each. Submissions must differ in their external ids. One with an external id that
// the actor has used before is not stored again; it is rejected if its content differs. The command must hold the stores' locks.
func (s *Service) Record(ctx context.Context, tx *store.Tx, scope auth.Scope, list []Submission) ([]Outcome, error) {
	outcomes := make([]Outcome, len(list))
	params := insertFeedbackParams{CreatedAt: tx.Now, ActorID: tx.ActorID}
	for i, submission := range list {
		if !scope.IncludesStore(submission.StoreID) {
			return nil, errStoreOutsideScope
		}
		outcomes[i].Feedback = submission.row(tx)
		params.add(outcomes[i].Feedback)
	}
	inserted, err := New(tx).insertFeedback(ctx, params)
	if err != nil {
		return nil, fmt.Errorf("insert feedback: %w", err)
	}
	isNew := make(map[uuid.UUID]bool, len(inserted))
	for _, id := range inserted {
		isNew[id] = true
	}
	earlier, err := findEarlier(ctx, tx, list, len(inserted))
	if err != nil {
		return nil, err
	}
	for i := range outcomes {
		o := &outcomes[i]
		if o.IsNew = isNew[o.Feedback.ID]; o.IsNew {
			tx.Emit(store.NewStoreEvent(store.EventFeedbackReceived, o.Feedback.StoreID, o.Feedback.ID, EventData{o.Feedback}))
			continue
		}
		id := *list[i].ExternalID
		if o.Feedback = earlier[id]; !list[i].hasContentOf(o.Feedback) {
			o.Err = store.NewUserError(store.CodeTaken, "externalId",
				"You have sent other feedback with the external id %s. Send the same content, or another id.", store.Quote(id))
		}
	}
	return outcomes, nil
}

// row returns the row of a submission.
func (s Submission) row(tx *store.Tx) Feedback {
	at := s.SubmittedAt
	if at.IsZero() {
		at = tx.Now
	}
	return Feedback{
		ID: store.NewID(), StoreID: s.StoreID, Score: s.Score, Comment: s.Comment,
		SubmittedAt: at.UTC().Truncate(time.Microsecond), CreatedAt: tx.Now, ActorID: tx.ActorID, ExternalID: s.ExternalID,
	}
}

// hasContentOf reports whether the submission repeats recorded feedback. A submission without a time may repeat any time.
func (s Submission) hasContentOf(f Feedback) bool {
	isSameTime := s.SubmittedAt.IsZero() || s.SubmittedAt.Truncate(time.Microsecond).Equal(f.SubmittedAt)
	return isSameTime && s.StoreID == f.StoreID && s.Score == f.Score && store.Deref(s.Comment) == store.Deref(f.Comment)
}

// findEarlier returns the actor's feedback with the external ids of the list, by external id. It reads nothing if all of the list was
// inserted.
func findEarlier(ctx context.Context, tx *store.Tx, list []Submission, inserted int) (map[string]Feedback, error) {
	earlier := map[string]Feedback{}
	if inserted == len(list) {
		return earlier, nil
	}
	var ids []string
	for _, s := range list {
		if s.ExternalID != nil {
			ids = append(ids, *s.ExternalID)
		}
	}
	rows, err := New(tx).listFeedbackByExternalID(ctx, listFeedbackByExternalIDParams{ActorID: tx.ActorID, ExternalIds: ids})
	if err != nil {
		return nil, fmt.Errorf("feedback by external id: %w", err)
	}
	for _, row := range rows {
		earlier[*row.ExternalID] = row
	}
	return earlier, nil
}

func (p *insertFeedbackParams) add(row Feedback) {
	p.Ids, p.StoreIds, p.Scores = append(p.Ids, row.ID), append(p.StoreIds, row.StoreID), append(p.Scores, row.Score)
	p.Comments, p.SubmittedAts = append(p.Comments, store.Deref(row.Comment)), append(p.SubmittedAts, row.SubmittedAt)
	p.ExternalIds = append(p.ExternalIds, store.Deref(row.ExternalID))
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
