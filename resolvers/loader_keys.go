package resolvers

import (
	"github.com/google/uuid"

	"aisle/store"
	"aisle/store/inventory"
	"aisle/store/partners"
	"aisle/store/staff"
	"aisle/store/stores"
	"aisle/store/tasks"
)

func regionID(r *stores.Region) uuid.UUID       { return r.ID }
func storeID(s *stores.Snapshot) uuid.UUID      { return s.ID }
func employeeID(e *staff.Employee) uuid.UUID    { return e.ID }
func stockKey(s *inventory.Stock) inventory.Key { return s.Key() }
func partnerID(p *partners.Partner) uuid.UUID   { return p.ID }
func taskKey(t *tasks.Task) tasks.TaskKey       { return t.Key() }

// storeCursor returns the function from a store to its cursor in a list with the order.
func storeCursor(order stores.Order) func(*stores.Snapshot) store.Cursor {
	return func(s *stores.Snapshot) store.Cursor { return s.Cursor(order) }
}

// taskCursor returns the function from a task to its cursor in a list with the order.
func taskCursor(order tasks.Order) func(*tasks.Task) store.Cursor {
	return func(t *tasks.Task) store.Cursor { return t.Cursor(order) }
}
