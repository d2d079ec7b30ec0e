package app

import (
	"net/url"
	"strings"

	"aisle/app/supervise"
	"aisle/store/fleet"
	"aisle/telemetry"
)

// conditions are how components fare, as telemetry has them.
func conditions(statuses []supervise.Status) []telemetry.Component {
	list := make([]telemetry.Component, len(statuses))
	for i, s := range statuses {
		list[i] = telemetry.Component{
			Name: s.Name, Up: s.State == supervise.Running, Restarts: s.Restarts, Panics: s.Panics,
		}
	}
	return list
}

// reported are they as the registry of the fleet has them.
func reported(statuses []supervise.Status) []fleet.Component {
	list := make([]fleet.Component, len(statuses))
	for i, s := range statuses {
		list[i] = fleet.Component{Name: s.Name, State: fleet.State(s.State), Restarts: int32(s.Restarts)} //nolint:gosec // far fewer
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
	var pairs []string
	hide := func(secret string) {
		if secret != "" {
			pairs = append(pairs, secret, "…")
		}
	}
	hide(string(n.Secret))
	for _, text := range append([]string{n.DatabaseURL, n.RedisURL}, n.ReplicaURLs...) {
		written := passwordIn(text)
		hide(written)
		if password, err := url.PathUnescape(written); err == nil {
			hide(password)
		}
	}
	return strings.NewReplacer(pairs...).Replace
}

// passwordIn is the password in a URL, as it is written there. The URL may name several hosts, which url.Parse does not read.
func passwordIn(text string) string {
	_, rest, _ := strings.Cut(text, "://")
	if end := strings.IndexAny(rest, "/?#"); end >= 0 {
		rest = rest[:end]
	}
	user := rest[:max(0, strings.LastIndex(rest, "@"))]
	_, password, _ := strings.Cut(user, ":")
	return password
}
