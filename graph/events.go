package graph

import (
	"time"

	"github.com/google/uuid"

	"aisle/store"
	"aisle/store/access"
	"aisle/store/catalog"
	"aisle/store/feedback"
	"aisle/store/inventory"
	"aisle/store/staff"
	"aisle/store/stores"
	"aisle/store/tasks"
)

// Event is an entry of the event log as the schema shows it.
type Event interface {
	// EventID returns the global id of the event. It is the same on each delivery.
	EventID() string
}

// EventBase holds the fields that all events share.
type EventBase struct {
	ID         string
	Cursor     string
	Type       store.EventType
	OccurredAt time.Time
	Store      *stores.Snapshot // nil for events of the chain
	ActorID    uuid.NullUUID    // an employee or a partner; null for the system
}

// EventID returns the global id of the event.
func (b *EventBase) EventID() string { return b.ID }

// EventActorID returns the id of the employee or partner that caused the event; null for the system.
func (b *EventBase) EventActorID() uuid.NullUUID { return b.ActorID }

// Changes is a page of events.
type Changes struct {
	Events         []Event
	Cursor         string
	HasMore        bool
	ResyncRequired bool
}

// The types of events.
type (
	// TaskEvent is about a task.
	TaskEvent struct {
		EventBase

		Task    *tasks.Task
		Step    *tasks.Step    // nil unless the event checked a step off or unchecked it
		Comment *tasks.Comment // nil unless the event added a comment
	}
	// StockEvent is about the stock of a product in a store.
	StockEvent struct {
		EventBase

		Stock    *inventory.Stock
		Movement *inventory.Movement
	}
	// PriceEvent is about a store's price of a product.
	PriceEvent struct {
		EventBase

		Row         *catalog.Price
		IsWithdrawn bool
	}
	// ProductEvent is about a product.
	ProductEvent struct {
		EventBase

		Product *catalog.Product
	}
	// StoreEvent is about a store. EventBase.Store holds the store as the event left it.
	StoreEvent struct {
		EventBase

		Status stores.Status
	}
	// RegionEvent is about a region.
	RegionEvent struct {
		EventBase

		Region *stores.Region
	}
	// EmployeeEvent is about an employee.
	EmployeeEvent struct {
		EventBase

		Employee *staff.Employee
	}
	// SessionEvent is about a session of an employee.
	SessionEvent struct {
		EventBase

		Session  *access.SessionInfo
		Employee *staff.Employee
	}
	// TaskTemplateEvent is about a task template.
	TaskTemplateEvent struct {
		EventBase

		Template *tasks.Template
	}
	// FeedbackEvent is about feedback of a customer.
	FeedbackEvent struct {
		EventBase

		Feedback *feedback.Feedback
	}
	// CheckpointEvent is a newer cursor without an event.
	CheckpointEvent struct {
		EventBase
	}
)

// Actor returns nil: nobody causes a checkpoint.
func (*CheckpointEvent) Actor() Actor { return nil }

// Price returns the new price.
func (e *PriceEvent) Price() *catalog.Money { return e.Row.Money() }

// ValidFrom returns the time from which the price applies.
func (e *PriceEvent) ValidFrom() time.Time { return e.Row.ValidFrom }
