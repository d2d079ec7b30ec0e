package resolvers

import (
	"context"
	"log/slog"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/loaders"
	"aisle/store/catalog"
	"aisle/store/events"
	"aisle/store/staff"
	"aisle/store/stores"
)

// NewEventHydrator makes of a batch of events what clients see, with what the events refer to: one statement a kind, however many
// follow them. The log of events calls it before it hands a batch out. An event that it can make nothing of is not
// shown, and is told of in the log: it must not keep the others from coming.
func NewEventHydrator(m loaders.Modules, log *slog.Logger) func(ctx context.Context, batch []*events.Event) error {
	return func(ctx context.Context, batch []*events.Event) error {
		var storeIDs []uuid.UUID
		for _, e := range batch {
			if e.StoreID.Valid {
				storeIDs = append(storeIDs, e.StoreID.UUID)
			}
		}
		found, err := byKey(storeIDs, func(ids []uuid.UUID) ([]stores.Snapshot, error) {
			return m.Stores.GetStores(ctx, auth.SystemScope(), ids)
		}, func(s *stores.Snapshot) uuid.UUID { return s.ID })
		if err != nil {
			return err
		}
		shown := make([]*happened, 0, len(batch))
		for _, e := range batch {
			h, err := shape(e, found[e.StoreID.UUID])
			if err != nil {
				log.ErrorContext(ctx, "an event is not shown", "event", e.ID, "type", e.Type, "error", err)
				continue
			}
			e.References, shown = h, append(shown, h)
		}
		return refer(ctx, m, shown)
	}
}

// refer reads the people and the products that the events refer to.
func refer(ctx context.Context, m loaders.Modules, shown []*happened) error {
	var employeeIDs, productIDs []uuid.UUID
	for _, h := range shown {
		employeeIDs = append(employeeIDs, h.data.employeeIDs()...)
		productIDs = append(productIDs, h.data.productIDs()...)
	}
	employees, err := byKey(employeeIDs, func(ids []uuid.UUID) ([]staff.Employee, error) {
		return m.Staff.GetEmployees(ctx, auth.SystemScope(), ids)
	}, func(e *staff.Employee) uuid.UUID { return e.ID })
	if err != nil {
		return err
	}
	items, err := byKey(productIDs, func(ids []uuid.UUID) ([]catalog.ProductWithCategory, error) {
		return m.Catalog.GetProducts(ctx, auth.SystemScope(), ids)
	}, func(p *catalog.ProductWithCategory) uuid.UUID { return p.ID })
	if err != nil {
		return err
	}
	for _, h := range shown {
		h.employees, h.products = map[uuid.UUID]*staff.Employee{}, map[uuid.UUID]*catalog.Product{}
		for _, id := range h.data.employeeIDs() {
			h.employees[id] = h.seen(employees[id])
		}
		for _, id := range h.data.productIDs() {
			if item := items[id]; item != nil {
				h.products[id] = &item.Product
			}
		}
	}
	return nil
}

// seen is the employee, when the people of the event's store see them: their own, those of their region, and those of
// the head office.
func (h *happened) seen(e *staff.Employee) *staff.Employee {
	switch {
	case e == nil, h.at == nil:
		return nil
	case e.StoreID.Valid && e.StoreID.UUID != h.at.ID, e.RegionID.Valid && e.RegionID.UUID != h.at.RegionID:
		return nil
	default:
		return e
	}
}

// byKey reads the rows that have the keys; none, and without a statement, when there are no keys.
func byKey[K comparable, T any](keys []K, read func([]K) ([]T, error), key func(*T) K) (map[K]*T, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	rows, err := read(keys)
	found := make(map[K]*T, len(rows))
	for i := range rows {
		found[key(&rows[i])] = &rows[i]
	}
	return found, err
}
