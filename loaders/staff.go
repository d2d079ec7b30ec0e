package loaders

import (
	"github.com/google/uuid"

	"aisle/store"
	"aisle/store/staff"
)

// Staff loads employees.
type Staff struct {
	Employees       *Loader[uuid.UUID, *staff.Employee]
	ManagerOfStore  *Loader[uuid.UUID, *staff.Employee]
	ManagerOfRegion *Loader[uuid.UUID, *staff.Employee]
	PagesOfStore    *Loader[ParentQuery[uuid.UUID, staff.PageQuery], store.Page[staff.Employee]]
	CountOfStore    *Loader[ParentQuery[uuid.UUID, staff.Filter], int]
}

func newStaff(r *request, s *staff.Service, c *EntityCache) Staff {
	return Staff{
		Employees: newCachedRows(r, c.employees, s.GetEmployees, func(e *staff.Employee) uuid.UUID { return e.ID },
			(*staff.Employee).VisibleTo),
		ManagerOfStore: newCachedRows(r, c.managersOfStores, s.ListStoreManagers,
			func(e *staff.Employee) uuid.UUID { return e.StoreID.UUID }, (*staff.Employee).VisibleInStore),
		ManagerOfRegion: newCachedRows(r, c.managersOfRegions, s.ListRegionManagers,
			func(e *staff.Employee) uuid.UUID { return e.RegionID.UUID }, (*staff.Employee).VisibleInRegion),
		PagesOfStore: newPages(r, s.ListByStore),
		CountOfStore: newByQuery(r, s.CountByStore),
	}
}
