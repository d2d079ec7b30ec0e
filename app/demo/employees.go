package demo

import (
	"fmt"
	"time"

	"aisle/auth"
	"aisle/store/staff"
)

// newEmployee makes an employee without a store or region.
func (p *plan) newEmployee(r random, login string, role auth.Role, hired time.Time) staff.CopyEmployeesParams {
	year, month, day := hired.Date()
	return staff.CopyEmployeesParams{
		ID: r.id(hired), Login: login, Role: role, Status: staff.StatusActive,
		DisplayName: pick(r, p.seedData.firstNames) + " " + pick(r, p.seedData.lastNames),
		HiredOn:     time.Date(year, month, day, 0, 0, 0, 0, time.UTC),
		CreatedAt:   hired, UpdatedAt: hired,
	}
}

// newOffice makes the administrator and a manager for each region.
func (p *plan) newOffice(r random) (admin staff.CopyEmployeesParams, managers []staff.CopyEmployeesParams) {
	began := p.options.Now.Add(-chainAge)
	admin = p.newEmployee(r, adminLogin, auth.RoleAdmin, began)
	for i, region := range p.regions {
		m := p.newEmployee(r, fmt.Sprintf("region.%d", i+1), auth.RoleRegionManager, began.Add(r.duration(0, 300*day)))
		m.RegionID = nullUUID(region.ID)
		managers = append(managers, m)
	}
	return admin, managers
}

// addTeam adds the employees of the n-th store: the manager, supervisors and associates. All were hired before the oldest task.
func (p *plan) addTeam(r random, n int, s *storeRows) {
	add := func(login string, role auth.Role) {
		hired := r.timeAfter(s.Store.CreatedAt, later(s.Store.CreatedAt, p.options.Now.Add(-90*day)), chainAge)
		e := p.newEmployee(r, login, role, hired)
		e.StoreID = nullUUID(s.Store.ID)
		s.Employees = append(s.Employees, e)
	}
	add(fmt.Sprintf("manager.%d", n), auth.RoleStoreManager)
	for i := range supervisors {
		add(numberedLogin("supervisor", n, i), auth.RoleSupervisor)
	}
	for i := range associates {
		add(numberedLogin("associate", n, i), auth.RoleAssociate)
	}
}

// numberedLogin returns the login of an employee of a role: associate.7, associate.7.2, associate.7.3.
func numberedLogin(role string, store, index int) string {
	if index == 0 {
		return fmt.Sprintf("%s.%d", role, store)
	}
	return fmt.Sprintf("%s.%d.%d", role, store, index+1)
}
