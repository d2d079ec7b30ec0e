package loaders

import (
	"aisle/store"
	"aisle/store/access"
	"aisle/store/catalog"
	"aisle/store/feedback"
	"aisle/store/fleet"
	"aisle/store/inventory"
	"aisle/store/kpis"
	"aisle/store/partners"
	"aisle/store/staff"
	"aisle/store/stores"
	"aisle/store/tasks"
)

// Modules are the services that loaders and resolvers read with.
type Modules struct {
	Stores    *stores.Service
	Staff     *staff.Service
	Catalog   *catalog.Service
	Inventory *inventory.Service
	Tasks     *tasks.Service
	Feedback  *feedback.Service
	KPIs      *kpis.Service
	Partners  *partners.Service
	Access    *access.Service
	Fleet     *fleet.Service
}

// NewModules makes the services on one DB. Each tags its statements with its module: see store.WithModule.
func NewModules(db store.DB) Modules {
	return Modules{
		Stores:    stores.NewService(db),
		Staff:     staff.NewService(db),
		Catalog:   catalog.NewService(db),
		Inventory: inventory.NewService(db),
		Tasks:     tasks.NewService(db),
		Feedback:  feedback.NewService(db),
		KPIs:      kpis.NewService(db),
		Partners:  partners.NewService(db),
		Access:    access.NewService(db),
		Fleet:     fleet.NewService(db),
	}
}
