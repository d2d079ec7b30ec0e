// Package events is the log of what happened, as it is read. (Placeholder of its API until the log itself lands.)
package events

import (
	"context"
	"encoding/json"
	"time"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/store"
)

type Position struct{ XID, Seq int64 }

func (p Position) String() string { return "" }

type Event struct {
	Position
	ID                uuid.UUID
	Type              store.EventType
	StoreID, RegionID uuid.NullUUID
	Everyone          bool
	SubjectID         uuid.UUID
	ActorID           uuid.NullUUID
	OccurredAt        time.Time
	Data              json.RawMessage
	Related           any
}
type Filter struct {
	Scope  auth.Scope
	Stores []uuid.UUID
	Types  []store.EventType
}
type Log struct{}
type Subscription struct{}
type Page struct {
	Events []*Event
	Cursor string
	More   bool
}

var ErrResync = &store.Error{Code: store.CodeResyncRequired}

func (l *Log) Ring() {}
func (l *Log) Subscribe(ctx context.Context, after string, f Filter) (*Subscription, error) {
	return nil, nil
}
func (s *Subscription) Next(ctx context.Context) ([]*Event, error) { return nil, nil }
func (s *Subscription) Close()                                     {}
func (l *Log) Changes(ctx context.Context, scope auth.Scope, storeID uuid.UUID, after string, first int32) (Page, error) {
	return Page{}, nil
}
