package hydration

import (
	"context"
	"log/slog"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/loaders"
	"aisle/store/catalog"
	"aisle/store/events"
	"aisle/store/partners"
	"aisle/store/staff"
	"aisle/store/stores"
)

// Hydrator attaches an *Event to each event of a batch. It sends one statement per kind of entity, whatever the size of the batch
// and the number of subscribers.
type Hydrator struct {
	modules loaders.Modules
	log     *slog.Logger
}

// NewHydrator returns a Hydrator that loads entities with the modules.
func NewHydrator(m loaders.Modules, log *slog.Logger) Hydrator { return Hydrator{m, log} }

// Hydrate sets References of each event to an *Event. The event log calls it before it delivers a batch. An event that cannot be
// decoded is logged and has no References, so that it does not block the events after it.
func (h Hydrator) Hydrate(ctx context.Context, batch []*events.Event) error {
	found, err := h.loadStores(ctx, batch)
	if err != nil {
		return err
	}
	hydrated := make([]*Event, 0, len(batch))
	for _, e := range batch {
		event, err := Decode(e, found[e.StoreID.UUID])
		if err != nil {
			h.log.ErrorContext(ctx, "cannot decode an event, subscribers do not receive it", "event", e.ID, "type", e.Type, "error", err)
			continue
		}
		e.References, hydrated = event, append(hydrated, event)
	}
	return h.loadReferences(ctx, hydrated)
}

func (h Hydrator) loadStores(ctx context.Context, batch []*events.Event) (map[uuid.UUID]*stores.Snapshot, error) {
	var ids []uuid.UUID
	for _, e := range batch {
		if e.StoreID.Valid {
			ids = append(ids, e.StoreID.UUID)
		}
	}
	return loadByID(ctx, ids, h.modules.Stores.GetStores, func(s *stores.Snapshot) uuid.UUID { return s.ID })
}

// loadReferences loads the employees and products that the events refer to, and the partners that caused them.
func (h Hydrator) loadReferences(ctx context.Context, hydrated []*Event) error {
	var employeeIDs, productIDs []uuid.UUID
	for _, e := range hydrated {
		employeeIDs = append(employeeIDs, e.employeeIDs()...)
		productIDs = append(productIDs, e.payload.productIDs()...)
	}
	employees, err := loadByID(ctx, employeeIDs, h.modules.Staff.GetEmployees, func(e *staff.Employee) uuid.UUID { return e.ID })
	if err != nil {
		return err
	}
	products, err := loadByID(ctx, productIDs, h.modules.Catalog.GetProducts,
		func(p *catalog.ProductWithCategory) uuid.UUID { return p.ID })
	if err != nil {
		return err
	}
	var partnerIDs []uuid.UUID
	for _, e := range hydrated {
		if e.actorID.Valid && employees[e.actorID.UUID] == nil {
			partnerIDs = append(partnerIDs, e.actorID.UUID)
		}
	}
	found, err := loadByID(ctx, partnerIDs, h.modules.Partners.GetPartners, func(p *partners.Partner) uuid.UUID { return p.ID })
	if err != nil {
		return err
	}
	for _, e := range hydrated {
		e.setReferences(employees, products, found)
	}
	return nil
}

// loadByID loads rows of the whole chain by id. It sends no statement if there are no ids.
func loadByID[T any](
	ctx context.Context, ids []uuid.UUID, load func(context.Context, auth.Scope, []uuid.UUID) ([]T, error), id func(*T) uuid.UUID,
) (map[uuid.UUID]*T, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	rows, err := load(ctx, auth.SystemScope(), ids)
	found := make(map[uuid.UUID]*T, len(rows))
	for i := range rows {
		found[id(&rows[i])] = &rows[i]
	}
	return found, err
}
