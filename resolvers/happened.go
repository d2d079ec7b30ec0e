package resolvers

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/graph"
	"aisle/loaders"
	"aisle/store"
	"aisle/store/access"
	"aisle/store/catalog"
	"aisle/store/events"
	"aisle/store/feedback"
	"aisle/store/inventory"
	"aisle/store/staff"
	"aisle/store/stores"
	"aisle/store/tasks"
)

// eventPrefix is the prefix of events' global ids.
const eventPrefix = "event"

// happened is an event as clients see it, with what it refers to: read once for all who follow it.
type happened struct {
	graph.Event

	at        *stores.Snapshot // the store; nil for the chain's
	data      data
	employees map[uuid.UUID]*staff.Employee // nil where the store's people do not see somebody
	products  map[uuid.UUID]*catalog.Product
}

// data is what the events of all modules carry, as the modules name it.
type data struct {
	Task     *tasks.Task         `json:"task"`
	Steps    []tasks.Step        `json:"steps"`
	Comment  *tasks.Comment      `json:"comment"`
	Stock    *inventory.Stock    `json:"stock"`
	Price    *catalog.Price      `json:"price"`
	Product  *catalog.Product    `json:"product"`
	Store    *stores.Store       `json:"store"`
	Region   *stores.Region      `json:"region"`
	Employee *staff.Employee     `json:"employee"`
	Template *tasks.Template     `json:"template"`
	Feedback *feedback.Feedback  `json:"feedback"`
	Movement *inventory.Movement `json:"movement"`
	Session  *access.SessionInfo `json:"session"`
}

// event is the event of what the data is about; nil when it is about nothing that clients are shown.
func (d data) event(h graph.EventBase) graph.Event {
	switch {
	case d.Task != nil:
		return &graph.TaskEvent{EventBase: h, Task: d.Task, Comment: d.Comment}
	case d.Stock != nil:
		return &graph.StockEvent{EventBase: h, Stock: d.Stock, Movement: d.Movement}
	case d.Price != nil:
		return &graph.PriceEvent{EventBase: h, Row: d.Price}
	case d.Product != nil:
		return &graph.ProductEvent{EventBase: h, Product: d.Product}
	case d.Feedback != nil:
		return &graph.FeedbackEvent{EventBase: h, Feedback: d.Feedback}
	case d.Session != nil && d.Employee != nil:
		return &graph.SessionEvent{EventBase: h, Session: d.Session, Employee: d.Employee}
	case d.Employee != nil:
		return &graph.EmployeeEvent{EventBase: h, Employee: d.Employee}
	case d.Template != nil:
		return &graph.TemplateEvent{EventBase: h, Template: d.Template}
	case d.Store != nil && d.Region != nil:
		h.Store = &stores.Snapshot{Store: *d.Store, Region: d.Region}
		return &graph.StoreEvent{EventBase: h, Status: d.Store.Status}
	case d.Region != nil:
		return &graph.RegionEvent{EventBase: h, Region: d.Region}
	default:
		return nil
	}
}

// errUnknown is an event that the schema of this node has no type for: a newer node wrote it.
var errUnknown = errors.New("an event of no known kind")

// shape makes of an event what clients see. It answers errUnknown.
func shape(e *events.Event, at *stores.Snapshot) (*happened, error) {
	var d data
	if err := json.Unmarshal(e.Data, &d); err != nil {
		return nil, fmt.Errorf("data of event %s: %w", e.ID, err)
	}
	if d.Task != nil {
		d.Task.SetStepParents(d.Steps)
	}
	h := graph.EventBase{
		ID: store.GlobalID(eventPrefix, e.ID), Cursor: e.String(), Type: e.Type, OccurredAt: e.OccurredAt, Store: at,
	}
	shown := &happened{Event: d.event(h), at: at, data: d}
	if shown.Event == nil {
		return nil, errUnknown
	}
	return shown, nil
}

// know gives loaders what the event knows of itself.
func (h *happened) know(l *loaders.Loaders) {
	if h.data.Task != nil {
		l.Tasks().PrimeSteps(h.data.Task, h.data.Steps)
	}
}

// prime gives the loaders of one event all that it refers to, and the viewer may see: of the people, a partner those of the
// store alone.
func (h *happened) prime(l *loaders.Loaders, v auth.Viewer) {
	h.know(l)
	if h.at != nil {
		l.Stores().Stores.Prime(h.at.ID, h.at)
		l.Stores().Regions.Prime(h.at.RegionID, h.at.Region)
	}
	for id, employee := range h.employees {
		if isPartner(v) && employee != nil && !employee.StoreID.Valid {
			employee = nil
		}
		l.Staff().Employees.Prime(id, employee)
	}
	for id, product := range h.products {
		l.Catalog().Products.Prime(id, product)
	}
}

// scope is what the staff of the event's store see; nothing of any store when it is the chain's. A partner, who may see
// nothing but stores, sees nobody of the region.
func (h *happened) scope(v auth.Viewer) auth.Scope {
	if h.at == nil {
		return auth.Scope{}
	}
	return auth.StoreScope(h.at.ID, uuid.NullUUID{UUID: h.at.RegionID, Valid: !isPartner(v)})
}

func isPartner(v auth.Viewer) bool { return v.PartnerID != uuid.Nil }

// employeeIDs are those of the people whom the event refers to.
func (d data) employeeIDs() []uuid.UUID {
	var ids []uuid.UUID
	add := func(id uuid.NullUUID) {
		if id.Valid {
			ids = append(ids, id.UUID)
		}
	}
	if d.Task != nil {
		add(d.Task.AssigneeID)
	}
	for _, step := range d.Steps {
		add(step.DoneByID)
	}
	if d.Comment != nil {
		ids = append(ids, d.Comment.AuthorID)
	}
	return ids
}

// productIDs are those of the products that the event refers to.
func (d data) productIDs() []uuid.UUID {
	switch {
	case d.Stock != nil:
		return []uuid.UUID{d.Stock.ProductID}
	case d.Price != nil:
		return []uuid.UUID{d.Price.ProductID}
	case d.Task != nil && d.Task.ProductID.Valid:
		return []uuid.UUID{d.Task.ProductID.UUID}
	default:
		return nil
	}
}
