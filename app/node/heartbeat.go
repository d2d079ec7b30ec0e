package node

import (
	"cmp"
	"context"
	"log/slog"
	"os"
	"time"

	"aisle/app/supervise"
	"aisle/gateway"
	"aisle/server"
	"aisle/store/fleet"
)

// process is what the heartbeat reports on. The gateway, the server and the tree are set before the heartbeat runs.
type process struct {
	ending  <-chan struct{} // closed when the node drains
	gateway *gateway.Gateway
	server  *server.Server
	tree    *supervise.Tree
}

// newHeartbeat makes this node's entry in the registry of the fleet.
func newHeartbeat(c Config, db *databases, p *process) *fleet.Heartbeat {
	host, _ := os.Hostname()
	return fleet.NewHeartbeat(fleet.HeartbeatConfig{
		Pool: db.pool, BehindPooler: db.pool.BehindPooler(),
		Node: fleet.Node{
			Host: cmp.Or(host, "unknown"), Roles: c.Roles.Strings(), Version: c.Version, Connections: db.pool.MaxConns(),
		},
		Status:  p.status,
		Restart: func(component string) error { return p.tree.Restart(component) },
		Log:     c.Log,
		Now:     time.Now,
	})
}

// deregister removes the node from the registry. If PostgreSQL is unavailable, the entry expires.
func deregister(ctx context.Context, h *fleet.Heartbeat, log *slog.Logger) {
	ctx = context.WithoutCancel(ctx)
	if err := h.Deregister(ctx); err != nil {
		log.WarnContext(ctx, "cannot remove the node from the registry; its entry expires", "error", err)
	}
}

func (p *process) status() fleet.NodeStatus {
	return fleet.NodeStatus{
		Draining: p.draining(), Components: componentStates(p.tree.Statuses()),
		Streams:       int32(p.server.Connections()),    //nolint:gosec // the limits are far below
		Subscriptions: int32(p.gateway.Subscriptions()), //nolint:gosec // the same
	}
}

func (p *process) draining() bool {
	select {
	case <-p.ending:
		return true
	default:
		return false
	}
}

func componentStates(statuses []supervise.Status) []fleet.Component {
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
