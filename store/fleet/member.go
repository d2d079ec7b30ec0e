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

// The times of a Member.
const (
	lookEvery = time.Second     // how often it looks what is to be restarted, and whether it has something new to tell
	tellEvery = 5 * time.Second // how often it tells that it is there when nothing is new
	patience  = 4 * time.Second // for one look
	keepGone  = time.Hour       // how long a node that died is kept
)

// Status is how a node fares.
type NodeStatus struct {
	Draining      bool
	Streams       int32 // sockets and event streams
	Subscriptions int32
	Components    []Component
}

// HeartbeatConfig is what a Member is made of. All must be set.
type HeartbeatConfig struct {
	Pool store.Pool
	// BehindPooler says that a pooler bounds the connections of the node, and not PostgreSQL.
	BehindPooler bool
	Node         Node                         // what stays as it is: the host, the roles, the version, the connections
	Status       func() NodeStatus            // how it fares now
	Restart      func(component string) error // restarts one of its components
	Log          *slog.Logger
	Now          func() time.Time
}

// Heartbeat is this process in the registry of nodes. While PostgreSQL is away nothing becomes of it but that it tells
// nothing and is asked nothing.
type Heartbeat struct {
	config   HeartbeatConfig
	q        *Queries
	commands *store.CommandRunner
	told     NodeStatus
	toldAt   time.Time // zero when it has to tell at once
}

// NewHeartbeat makes a Member, which is nowhere before Join.
func NewHeartbeat(config HeartbeatConfig) *Heartbeat {
	config.Node.ID, config.Node.StartedAt = store.NewID(), config.Now()
	return &Heartbeat{
		config: config, q: New(config.Pool),
		commands: store.NewCommandRunner(config.Pool, config.Now, func(context.Context, uuid.UUID, store.Position) {}),
	}
}

// ID is the node's id.
func (m *Heartbeat) ID() uuid.UUID { return m.config.Node.ID }

// Run tells how the node fares, and restarts what it is asked to, until ctx ends.
func (m *Heartbeat) Run(ctx context.Context) error {
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	lost := false
	for {
		err := m.look(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil && !lost:
			m.config.Log.WarnContext(ctx, "the registry of nodes cannot be reached: this node goes on without it", "error", err)
		case err == nil && lost:
			m.config.Log.InfoContext(ctx, "the registry of nodes is reached again")
		}
		if lost = err != nil; lost {
			m.toldAt = time.Time{}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-look.C:
		}
	}
}

func (m *Heartbeat) look(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	report, now := m.config.Status(), m.config.Now()
	isNew := report.Draining != m.told.Draining || !reflect.DeepEqual(report.Components, m.told.Components)
	if isNew || now.Sub(m.toldAt) >= tellEvery {
		if err := m.tell(ctx, m.q, report); err != nil {
			return err
		}
		m.told, m.toldAt = report, now
	}
	asked, err := m.q.takeRestarts(ctx, m.ID())
	if err != nil {
		return fmt.Errorf("what is to be restarted: %w", err)
	}
	for _, r := range asked {
		log := m.config.Log.With("component", r.Component, "requested_at", r.RequestedAt)
		if r.RequestedBy.Valid {
			log = log.With("requested_by", store.GlobalID("employee", r.RequestedBy.UUID))
		}
		if err := m.config.Restart(r.Component); err != nil {
			log.WarnContext(ctx, "a component cannot be restarted, as was asked", "error", err)
			continue
		}
		log.InfoContext(ctx, "restarting a component, as was asked")
	}
	return nil
}

// tell writes how the node fares.
func (m *Heartbeat) tell(ctx context.Context, q *Queries, r NodeStatus) error {
	n := m.config.Node
	return store.Wrap("tell how the node fares", q.upsertNode(ctx, upsertNodeParams{
		ID: n.ID, Host: n.Host, Roles: n.Roles, Version: n.Version, StartedAt: n.StartedAt, Connections: n.Connections,
		Draining: r.Draining, Streams: r.Streams, Subscriptions: r.Subscriptions, Components: append([]Component{}, r.Components...),
	}))
}

// Deregister takes the node out of the registry. Whoever waits for its connections need not wait until it counts as gone.
func (m *Heartbeat) Deregister(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return store.Wrap("leave the registry of nodes", m.q.deleteNode(ctx, m.ID()))
}
