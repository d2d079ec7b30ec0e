package fleet

import "time"

// ComponentState is the state of a component. The values are those of GraphQL's ComponentState.
type ComponentState string

// A Component is a part of a node, as of the last heartbeat.
type Component struct {
	Name      string         `json:"name"`
	State     ComponentState `json:"state"`
	Restarts  int32          `json:"restarts"`
	LastError *string        `json:"lastError,omitempty"` // without secrets; nil if it never failed
	StartedAt *time.Time     `json:"startedAt,omitempty"` // nil before the first start
}
