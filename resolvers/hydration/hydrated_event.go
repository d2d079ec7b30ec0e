package hydration

import (
	"errors"
	"fmt"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/graph"
	"aisle/loaders"
	"aisle/store"
	"aisle/store/catalog"
	"aisle/store/events"
	"aisle/store/partners"
	"aisle/store/staff"
	"aisle/store/stores"
)

// eventPrefix is the prefix of the global ids of events.
const eventPrefix = "event"

// checkpointPrefix is the prefix of the global ids of checkpoints.
const checkpointPrefix = "checkpoint"

// ErrUnknownType is the error for an event that the schema of this node has no type for: a newer node wrote it.
var ErrUnknownType = errors.New("the schema of this version has no type for the event")

// Event is an event as the schema shows it, with the entities that it refers to.
type Event struct {
	graph.Event

	store     *stores.Snapshot // nil for events of the chain
	payload   payload
	actorID   uuid.NullUUID
	employees map[uuid.UUID]*staff.Employee // nil for employees whom the staff of the store may not see
	products  map[uuid.UUID]*catalog.Product
	partner   *partners.Partner // the actor; nil if it is an employee or the system
}

// Decode decodes an event of a store, or of the chain if at is nil. The entities that it refers to are not loaded. Decode returns
// ErrUnknownType.
func Decode(e *events.Event, storeRow *stores.Snapshot) (*Event, error) {
	p, err := decodePayload(e.Data)
	if err != nil {
		return nil, fmt.Errorf("data of event %s: %w", e.ID, err)
	}
	base := graph.EventBase{
		ID: store.GlobalID(eventPrefix, e.ID), Cursor: e.String(), Type: e.Type, OccurredAt: e.OccurredAt, Store: storeRow,
		ActorID: e.ActorID,
	}
	decoded := &Event{Event: p.toGraphQL(base), store: storeRow, payload: p, actorID: e.ActorID}
	if decoded.Event == nil {
		return nil, ErrUnknownType
	}
	return decoded, nil
}

// NewCheckpoint returns a checkpoint of a subscription.
func NewCheckpoint(e *events.Event) *Event {
	return &Event{Event: &graph.CheckpointEvent{EventBase: graph.EventBase{
		ID: store.GlobalID(checkpointPrefix, e.ID), Cursor: e.String(), Type: e.Type, OccurredAt: e.OccurredAt,
	}}}
}

// employeeIDs returns the ids of the employees that the event refers to, and of its actor, who may also be a partner.
func (e *Event) employeeIDs() []uuid.UUID {
	ids := e.payload.employeeIDs()
	if e.actorID.Valid {
		ids = append(ids, e.actorID.UUID)
	}
	return ids
}

// setReferences keeps those of the entities that the event refers to.
func (e *Event) setReferences(
	employees map[uuid.UUID]*staff.Employee, products map[uuid.UUID]*catalog.ProductWithCategory,
	partnersByID map[uuid.UUID]*partners.Partner,
) {
	e.employees, e.products = map[uuid.UUID]*staff.Employee{}, map[uuid.UUID]*catalog.Product{}
	e.partner = partnersByID[e.actorID.UUID]
	for _, id := range e.employeeIDs() {
		e.employees[id] = e.visible(employees[id])
	}
	for _, id := range e.payload.productIDs() {
		if product := products[id]; product != nil {
			e.products[id] = &product.Product
		}
	}
}

// visible returns the employee if the staff of the event's store may see them: employees of the store, of its region and of the head
// office; for an event of the chain only those of the head office. Otherwise it returns nil.
func (e *Event) visible(employee *staff.Employee) *staff.Employee {
	switch {
	case employee == nil, e.store == nil && (employee.StoreID.Valid || employee.RegionID.Valid):
		return nil
	case e.store == nil:
		return employee
	case employee.StoreID.Valid && employee.StoreID.UUID != e.store.ID:
		return nil
	case employee.RegionID.Valid && employee.RegionID.UUID != e.store.RegionID:
		return nil
	default:
		return employee
	}
}

// PrimeSteps primes the loaders with the steps of the event's task.
func (e *Event) PrimeSteps(l *loaders.Loaders) {
	if e.payload.Task != nil {
		l.Tasks().PrimeSteps(e.payload.Task, e.payload.Steps)
	}
}

// Prime primes the loaders with the entities that the event refers to and that the viewer may see. Partners see the employees of the
// store only.
func (e *Event) Prime(l *loaders.Loaders, v auth.Viewer) {
	e.PrimeSteps(l)
	if e.store != nil {
		l.Stores().Stores.Prime(e.store.ID, e.store)
		l.Stores().Regions.Prime(e.store.RegionID, e.store.Region)
	}
	for id, employee := range e.employees {
		if isPartner(v) && employee != nil && !employee.StoreID.Valid {
			employee = nil
		}
		l.Staff().Employees.Prime(id, employee)
	}
	for id, product := range e.products {
		l.Catalog().Products.Prime(id, product)
	}
	if stock := e.payload.Stock; stock != nil {
		l.Inventory().StockOf.Prime(stock.Key(), stock)
	}
	if e.actorID.Valid {
		l.Partners().Partners.Prime(e.actorID.UUID, e.partner)
	}
}

// Scope returns what the viewer may load beyond the event itself: what the staff of the event's store see, or nothing for an event of
// the chain. Partners do not see the region's employees.
func (e *Event) Scope(v auth.Viewer) auth.Scope {
	if e.store == nil {
		return auth.Scope{}
	}
	return auth.StoreScope(e.store.ID, uuid.NullUUID{UUID: e.store.RegionID, Valid: !isPartner(v)})
}

func isPartner(v auth.Viewer) bool { return v.PartnerID != uuid.Nil }
