package graph

import (
	"time"

	"aisle/store"
	"aisle/store/access"
	"aisle/store/catalog"
	"aisle/store/feedback"
	"aisle/store/inventory"
	"aisle/store/staff"
	"aisle/store/stores"
	"aisle/store/tasks"
)

// Event is something that happened, as clients see it.
type Event interface {
	// EventID is the event's id: the same wherever and whenever it comes.
	EventID() string
}

// Happening is what all events have.
type Happening struct {
	ID         string
	Cursor     string
	Type       store.EventType
	OccurredAt time.Time
	Store      *stores.Snapshot // nil for the chain's
}

// EventID is the event's id.
func (h *Happening) EventID() string { return h.ID }

// Changes are a part of what happened in a store.
type Changes struct {
	Events         []Event
	Cursor         string
	HasMore        bool
	ResyncRequired bool
}

// The events, by what they are about.
type (
	// TaskEvent is about a task.
	TaskEvent struct {
		Happening

		Task    *tasks.Task
		Comment *tasks.Comment // nil when nothing was said
	}
	// StockEvent is about what a store has of a product.
	StockEvent struct {
		Happening

		Stock    *inventory.Stock
		Movement *inventory.Movement
	}
	// PriceEvent is about a store's price of a product.
	PriceEvent struct {
		Happening

		Row *catalog.Price
	}
	// ProductEvent is about a product.
	ProductEvent struct {
		Happening

		Product *catalog.Product
	}
	// StoreEvent is about a store, which its Happening has as it was then.
	StoreEvent struct {
		Happening

		Status stores.Status
	}
	// RegionEvent is about a region.
	RegionEvent struct {
		Happening

		Region *stores.Region
	}
	// EmployeeEvent is about an employee.
	EmployeeEvent struct {
		Happening

		Employee *staff.Employee
	}
	// SessionEvent is about a session of an employee.
	SessionEvent struct {
		Happening

		Session  *access.Listed
		Employee *staff.Employee
	}
	// TemplateEvent is about a template of tasks.
	TemplateEvent struct {
		Happening

		Template *tasks.Template
	}
	// FeedbackEvent is about what a customer said.
	FeedbackEvent struct {
		Happening

		Feedback *feedback.Feedback
	}
)

// Score is from 0 to 10.
func (e *FeedbackEvent) Score() int32 { return e.Feedback.Score }

// Comment is what they wrote; nil for nothing.
func (e *FeedbackEvent) Comment() *string { return e.Feedback.Comment }

// Price is what the product costs.
func (e *PriceEvent) Price() *catalog.Money { return e.Row.Money() }

// ValidFrom is from when on.
func (e *PriceEvent) ValidFrom() time.Time { return e.Row.ValidFrom }
