package settings

import (
	"slices"
	"strconv"
	"strings"
)

// Role is a part of the work of a fleet that a process can do.
type Role string

// The roles.
const (
	RoleAPI    Role = "api"    // answers queries and mutations
	RoleEvents Role = "events" // serves subscriptions over WebSockets and event streams
	RoleJobs   Role = "jobs"   // does background work, such as computing KPIs
)

// Roles are the roles of a process, in the order above.
type Roles []Role

// AllRoles returns the roles of a node that does everything.
func AllRoles() Roles { return Roles{RoleAPI, RoleEvents, RoleJobs} }

// parseRoles parses at least one role.
func parseRoles(s string) (Roles, error) {
	words, err := listOf(oneOf(AllRoles().Strings()...))(s)
	var list Roles
	for _, r := range AllRoles() {
		if slices.Contains(words, string(r)) {
			list = append(list, r)
		}
	}
	if err == nil && len(list) == 0 {
		err = strconv.ErrSyntax
	}
	return list, err
}

// HasAny reports whether r contains one of the roles.
func (r Roles) HasAny(roles ...Role) bool {
	return slices.ContainsFunc(roles, func(role Role) bool { return slices.Contains(r, role) })
}

// ServesClients reports whether the process answers clients, and therefore listens on the API's address.
func (r Roles) ServesClients() bool { return r.HasAny(RoleAPI, RoleEvents) }

// Strings returns the names of the roles.
func (r Roles) Strings() []string {
	names := make([]string, len(r))
	for i, role := range r {
		names[i] = string(role)
	}
	return names
}

// String returns the roles in the form of the setting.
func (r Roles) String() string { return strings.Join(r.Strings(), ",") }
