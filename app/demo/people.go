package demo

import (
	"fmt"
	"time"

	"aisle/auth"
	"aisle/store/staff"
)

// Who works in a store: one manager, and so many of these.
const (
	supervisors = 2
	associates  = 12
)

// person makes an employee without a place, hired on the day.
func (p *plan) person(r random, login string, role auth.Role, hired time.Time) staff.CopyEmployeesParams {
	year, month, day := hired.Date()
	return staff.CopyEmployeesParams{
		ID: r.id(hired), Login: login, Role: role, Status: staff.StatusActive,
		DisplayName: pick(r, p.words.firstNames) + " " + pick(r, p.words.lastNames),
		HiredOn:     time.Date(year, month, day, 0, 0, 0, 0, time.UTC),
		CreatedAt:   hired, UpdatedAt: hired,
	}
}

// office makes the admin, and a manager for each region.
func (p *plan) office(r random) (admin staff.CopyEmployeesParams, managers []staff.CopyEmployeesParams) {
	began := p.options.Now.Add(-oldest)
	admin = p.person(r, adminLogin, auth.RoleAdmin, began)
	for i, region := range p.regions {
		m := p.person(r, fmt.Sprintf("region.%d", i+1), auth.RoleRegionManager, began.Add(r.duration(0, 300*day)))
		m.RegionID = some(region.ID)
		managers = append(managers, m)
	}
	return admin, managers
}

// team makes the people of the n-th store: the manager, the supervisors, the associates. All were there before the
// oldest task.
func (p *plan) team(r random, n int, s *storeRows) {
	add := func(login string, role auth.Role) {
		hired := r.after(s.Store.CreatedAt, later(s.Store.CreatedAt, p.options.Now.Add(-90*day)), oldest)
		e := p.person(r, login, role, hired)
		e.StoreID = some(s.Store.ID)
		s.Employees = append(s.Employees, e)
	}
	add(fmt.Sprintf("manager.%d", n), auth.RoleStoreManager)
	for i := range supervisors {
		add(nth("supervisor", n, i), auth.RoleSupervisor)
	}
	for i := range associates {
		add(nth("associate", n, i), auth.RoleAssociate)
	}
}

// nth is the login of one of several: associate.7, associate.7.2, associate.7.3.
func nth(role string, store, index int) string {
	if index == 0 {
		return fmt.Sprintf("%s.%d", role, store)
	}
	return fmt.Sprintf("%s.%d.%d", role, store, index+1)
}
