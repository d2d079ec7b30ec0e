package loaders

import (
	"aisle/store"
	"aisle/store/catalog"
	"aisle/store/events"
)

var _ events.Watcher = (*EntityCache)(nil)

// OnReset invalidates everything.
func (c *EntityCache) OnReset(after store.Position) {
	for _, each := range c.kinds {
		each.Reset(after)
	}
}

// OnEvents invalidates what the events change. An event names each row that changed, with these exceptions:
//
//   - A store contains its region, so a region that changes invalidates all stores.
//   - The event of a store that moves, or of a region's manager who does, does not name the old region.
//   - Categories are imported with the chain. No command changes them.
func (c *EntityCache) OnEvents(batch []*events.Event) {
	if len(batch) == 0 {
		return
	}
	for _, e := range batch {
		switch e.Type { //nolint:exhaustive // the others change nothing that is cached
		case store.EventStoreCreated, store.EventStoreUpdated, store.EventStoreClosed:
			c.stores.Invalidate(e.SubjectID, e.Position)
			c.storesOfRegions.InvalidateAll(e.Position)
		case store.EventRegionCreated, store.EventRegionUpdated, store.EventRegionClosed:
			c.regions.Invalidate(e.SubjectID, e.Position)
			c.stores.InvalidateAll(e.Position)
		case store.EventEmployeeCreated, store.EventEmployeeUpdated, store.EventEmployeeDeactivated, store.EventEmployeeReactivated:
			c.employees.Invalidate(e.SubjectID, e.Position)
			if e.StoreID.Valid {
				c.managersOfStores.Invalidate(e.StoreID.UUID, e.Position)
			} else {
				c.managersOfRegions.InvalidateAll(e.Position)
			}
		case store.EventProductCreated, store.EventProductUpdated, store.EventProductDiscontinued:
			c.products.Invalidate(e.SubjectID, e.Position)
		case store.EventPriceChanged:
			c.prices.Invalidate(catalog.PriceKey{StoreID: e.StoreID.UUID, ProductID: e.SubjectID}, e.Position)
		case store.EventTaskTemplateCreated, store.EventTaskTemplateUpdated, store.EventTaskTemplateArchived,
			store.EventTaskTemplateRestored:
			c.templates.Invalidate(e.SubjectID, e.Position)
			c.templateSteps.Invalidate(e.SubjectID, e.Position)
		}
	}
	for _, kind := range c.kinds {
		kind.Advance(batch[len(batch)-1].Position)
	}
}

// InvalidatesCache reports whether OnEvents invalidates anything for events of a type. It is true for unknown types.
func InvalidatesCache(t store.EventType) bool {
	switch t {
	case store.EventTaskCreated, store.EventTaskAssigned, store.EventTaskUnassigned, store.EventTaskStarted,
		store.EventTaskStepChecked, store.EventTaskStepUnchecked, store.EventTaskCompleted, store.EventTaskVerified,
		store.EventTaskRejected, store.EventTaskCancelled, store.EventTaskOverdue, store.EventTaskCommented,
		store.EventStockChanged, store.EventFeedbackReceived, store.EventSessionCompromised:
		return false
	default:
		return true
	}
}
