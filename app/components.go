package app

import (
	"aisle/app/redact"
	"aisle/app/supervise"
	"aisle/store/fleet"
	"aisle/telemetry"
)

// conditions are how components fare, as telemetry has them.
func conditions(statuses []supervise.Status) []telemetry.ComponentStats {
	list := make([]telemetry.ComponentStats, len(statuses))
	for i, s := range statuses {
		list[i] = telemetry.ComponentStats{
			Name: s.Name, Up: s.State == supervise.Running, Restarts: s.Restarts, Panics: s.Panics,
		}
	}
	return list
}

// reported are they as the registry of the fleet has them.
func reported(statuses []supervise.Status) []fleet.Component {
	list := make([]fleet.Component, len(statuses))
	for i, s := range statuses {
		list[i] = fleet.Component{Name: s.Name, State: fleet.ComponentState(s.State), Restarts: int32(s.Restarts)} //nolint:gosec // far fewer
		if s.LastError != "" {
			list[i].LastError = &s.LastError
		}
		if !s.StartedAt.IsZero() {
			list[i].StartedAt = &s.StartedAt
		}
	}
	return list
}

// redact takes out of a text what must not be shown: the node's secret, and the passwords that are in its URLs.
func (n node) redact() func(string) string {
	return redact.New(n.Secret, append([]string{n.DatabaseURL, n.RedisURL}, n.ReplicaURLs...)...).Text
}
