package auth

import (
	"slices"
)

// Role is the role of an employee, or RolePartner. The values are also those of the GraphQL enum and of the database.
type Role string

// The roles of employees, from the lowest to the highest.
const (
	RoleAssociate     Role = "ASSOCIATE"      // works on the tasks of one store
	RoleSupervisor    Role = "SUPERVISOR"     // assigns and verifies the tasks of one store
	RoleStoreManager  Role = "STORE_MANAGER"  // runs one store and its staff
	RoleRegionManager Role = "REGION_MANAGER" // runs the stores of one region
	RoleAdmin         Role = "ADMIN"          // runs the chain
)

// RolePartner is the role of partner systems. Their permissions come from their scopes.
const RolePartner Role = "PARTNER"

// Valid reports whether r is a role of employees.
func (r Role) Valid() bool {
	return r.inStore() || r == RoleRegionManager || r == RoleAdmin
}

// Outranks reports whether r is higher than other.
func (r Role) Outranks(other Role) bool {
	ranks := []Role{RoleAssociate, RoleSupervisor, RoleStoreManager, RoleRegionManager, RoleAdmin}
	return slices.Index(ranks, r) > slices.Index(ranks, other)
}

// inStore reports whether r is a role within a single store.
func (r Role) inStore() bool {
	return r == RoleAssociate || r == RoleSupervisor || r == RoleStoreManager
}
