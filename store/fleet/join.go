package fleet

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"aisle/auth"
	"aisle/store"
)

// ConnectionBudgetError is why a node may not join: its connections and those of the nodes that are there are more than PostgreSQL has.
type ConnectionBudgetError struct {
	Requested int // by the node
	Nodes     []Node
	Capacity  store.ConnectionLimit
}

// Error says who holds how much, and what would be right.
func (e *ConnectionBudgetError) Error() string {
	held, most := e.held(), e.Capacity.Available()
	holders := "no other node holds any"
	if len(e.Nodes) > 0 {
		holders = fmt.Sprintf("%d are held by other nodes (%s)", held, names(e.Nodes, func(n Node) string {
			return fmt.Sprintf("%s on %s: %d", n.GlobalID(), n.Host, n.Connections)
		}))
	}
	less := "end a node"
	if free := most - held; free >= store.MinConns {
		less = fmt.Sprintf("give it --database-max-conns=%d (AISLE_DATABASE_MAX_CONNS) at most, end a node", free)
	}
	return fmt.Sprintf("this node may not open %d connections to PostgreSQL, which has %d for all nodes (%s): %s. "+
		"Either %s, or raise %s to %d", e.Requested, most, e.Capacity, holders, less, e.Capacity.Setting, held+e.Requested+e.Capacity.Reserved)
}

func (e *ConnectionBudgetError) held() int {
	sum := 0
	for _, n := range e.Nodes {
		sum += int(n.Connections)
	}
	return sum
}

// mayFit says whether there will be room if others leave.
func (e *ConnectionBudgetError) mayFit() bool { return e.Requested <= e.Capacity.Available() }

// isDraining says whether somebody is about to leave.
func (e *ConnectionBudgetError) isDraining() bool {
	return slices.ContainsFunc(e.Nodes, func(n Node) bool { return n.Draining })
}

// Register puts the node into the registry if there are connections for it: else it waits as long as another node drains, and at
// least until one that has died counts as gone. Then it answers a ConnectionBudgetError. Two that join at once do so one after the other.
//
// Behind a pooler there is no such bound: the pooler's own settings bound its clients, and what it opens itself.
func (m *Heartbeat) Register(ctx context.Context) error {
	const margin = 5 * time.Second
	return m.join(ctx, NodeTimeout+margin)
}

func (m *Heartbeat) join(ctx context.Context, wait time.Duration) error {
	since, told := m.config.Now(), false
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	for {
		err := m.tryJoin(ctx)
		full := new(ConnectionBudgetError)
		if !errors.As(err, &full) || !full.mayFit() || m.config.Now().Sub(since) > wait && !full.isDraining() {
			return err
		}
		if !told {
			told = true
			m.config.Log.WarnContext(ctx, "waiting for connections, which nodes may leave that drain or have died", "error", err)
		}
		select {
		case <-ctx.Done():
			return err
		case <-look.C:
		}
	}
}

func (m *Heartbeat) tryJoin(ctx context.Context) error {
	command := store.Command{Name: "joinFleet", Locks: []store.Lock{Lock()}}
	_, err := store.Run(ctx, m.commands, command, func(ctx context.Context, tx *store.Tx) (none struct{}, err error) {
		q := New(tx)
		if err := q.deleteTimedOutNodes(ctx, keepGone.Seconds()); err != nil {
			return none, fmt.Errorf("remove the nodes that died: %w", err)
		}
		if !m.config.BehindPooler {
			if err := m.fits(ctx, tx); err != nil {
				return none, err
			}
		}
		return none, m.tell(ctx, q, NodeStatus{})
	})
	if full := new(ConnectionBudgetError); errors.As(err, &full) {
		return full // and nothing of how it came to light
	}
	return err
}

// fits answers a ConnectionBudgetError when there is no room.
func (m *Heartbeat) fits(ctx context.Context, tx *store.Tx) error {
	capacity, err := store.ReadConnectionLimit(ctx, tx)
	if err != nil {
		return err
	}
	nodes, err := NewService(tx).ListNodes(ctx, auth.SystemScope())
	if err != nil {
		return err
	}
	full := &ConnectionBudgetError{Requested: int(m.config.Node.Connections), Nodes: nodes, Capacity: capacity}
	if full.held()+full.Requested > capacity.Available() {
		return full
	}
	return nil
}
