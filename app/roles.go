package app

import (
	"slices"
	"strconv"
	"strings"
)

// role is a part of the work of a fleet, which a process can take on.
type role string

const (
	roleAPI    role = "api"    // answers queries and mutations
	roleEvents role = "events" // serves subscriptions, over sockets and event streams
	roleJobs   role = "jobs"   // does what nobody waits for: figures that are kept, work that is due
)

// roles are what a process does of a fleet's work, in the order above.
type roles []role

// allRoles are those of a node that does everything.
func allRoles() roles { return roles{roleAPI, roleEvents, roleJobs} }

// parseRoles reads roles with commas between; there must be one.
func parseRoles(s string) (roles, error) {
	words, err := listOf(oneOf(string(roleAPI), string(roleEvents), string(roleJobs)))(s)
	var list roles
	for _, r := range allRoles() {
		if slices.Contains(words, string(r)) {
			list = append(list, r)
		}
	}
	if err == nil && len(list) == 0 {
		err = strconv.ErrSyntax
	}
	return list, err
}

// has says whether one of the roles is among them.
func (r roles) has(some ...role) bool {
	return slices.ContainsFunc(some, func(one role) bool { return slices.Contains(r, one) })
}

// servesClients says whether clients are answered, and so the API's port is open.
func (r roles) servesClients() bool { return r.has(roleAPI, roleEvents) }

// words are the roles, each by itself.
func (r roles) words() []string {
	words := make([]string, len(r))
	for i, one := range r {
		words[i] = string(one)
	}
	return words
}

// String is the roles as the setting has them.
func (r roles) String() string { return strings.Join(r.words(), ",") }
