package fleet

import (
	"context"
	"fmt"
	"log/slog"
	"reflect"
	"time"

	"github.com/google/uuid"

	"aisle/store"
)

const (
	checkInterval     = time.Second     // between checks for restart requests and for a changed status
	heartbeatInterval = 5 * time.Second // between writes of an unchanged status
	checkTimeout      = 4 * time.Second
	deadNodeRetention = time.Hour
)

// NodeStatus is the current status of a node.
type NodeStatus struct {
	Draining      bool
	Streams       int32 // open WebSockets and event streams
	Subscriptions int32
	Components    []Component
}

// HeartbeatConfig configures a Heartbeat. All fields except BehindPooler are required.
type HeartbeatConfig struct {
	Pool         store.Pool
	BehindPooler bool // a pooler limits the node's connections, and not PostgreSQL
	Node         Node // the static properties: host, roles, version, connections
	Status       func() NodeStatus
	Restart      func(component string) error // restarts one of the node's components
	Log          *slog.Logger
	Now          func() time.Time
}

// A Heartbeat keeps this process in the node registry. While PostgreSQL is unavailable, it neither writes the status nor reads
// restart requests, and the node continues without it.
type Heartbeat struct {
	config    HeartbeatConfig
	q         *Queries
	commands  *store.CommandRunner
	written   NodeStatus
	writtenAt time.Time // zero to write at once
}

// NewHeartbeat returns a Heartbeat, which is not in the registry before Register.
func NewHeartbeat(config HeartbeatConfig) *Heartbeat {
	config.Node.ID, config.Node.StartedAt = store.NewID(), config.Now()
	return &Heartbeat{
		config: config, q: New(config.Pool),
		commands: store.NewCommandRunner(config.Pool, config.Now, func(context.Context, uuid.UUID, store.Position) {}),
	}
}

// ID returns the node's id.
func (h *Heartbeat) ID() uuid.UUID { return h.config.Node.ID }

// Run writes the node's status and restarts components on request, until ctx ends.
func (h *Heartbeat) Run(ctx context.Context) error {
	ticker := time.NewTicker(checkInterval)
	defer ticker.Stop()
	failing := false
	for {
		err := h.check(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil && !failing:
			h.config.Log.WarnContext(ctx, "cannot reach the node registry; continuing without it", "error", err)
		case err == nil && failing:
			h.config.Log.InfoContext(ctx, "reached the node registry again")
		}
		if failing = err != nil; failing {
			h.writtenAt = time.Time{}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

// check writes the status if it has changed or is due, and handles restart requests.
func (h *Heartbeat) check(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	status, now := h.config.Status(), h.config.Now()
	changed := status.Draining != h.written.Draining || !reflect.DeepEqual(status.Components, h.written.Components)
	if changed || now.Sub(h.writtenAt) >= heartbeatInterval {
		if err := h.writeStatus(ctx, h.q, status); err != nil {
			return err
		}
		h.written, h.writtenAt = status, now
	}
	requests, err := h.q.takeRestarts(ctx, h.ID())
	if err != nil {
		return fmt.Errorf("take restart requests: %w", err)
	}
	for _, r := range requests {
		h.restart(ctx, r)
	}
	return nil
}

func (h *Heartbeat) restart(ctx context.Context, r restartRequest) {
	log := h.config.Log.With("component", r.Component, "requested_at", r.RequestedAt)
	if r.RequestedBy.Valid {
		log = log.With("requested_by", store.GlobalID("employee", r.RequestedBy.UUID))
	}
	if err := h.config.Restart(r.Component); err != nil {
		log.WarnContext(ctx, "cannot restart a component on request", "error", err)
		return
	}
	log.InfoContext(ctx, "restarting a component on request")
}

func (h *Heartbeat) writeStatus(ctx context.Context, q *Queries, s NodeStatus) error {
	n := h.config.Node
	if err := q.upsertNode(ctx, upsertNodeParams{
		ID: n.ID, Host: n.Host, Roles: n.Roles, Version: n.Version, StartedAt: n.StartedAt, Connections: n.Connections,
		Draining: s.Draining, Streams: s.Streams, Subscriptions: s.Subscriptions, Components: append([]Component{}, s.Components...),
	}); err != nil {
		return fmt.Errorf("write the node's status: %w", err)
	}
	return nil
}
