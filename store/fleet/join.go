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

// FullError is why a node may not join: its connections and those of the nodes that are there are more than PostgreSQL has.
type FullError struct {
	Asked    int // by the node
	Nodes    []Node
	Capacity store.ConnectionLimit
}

// Error says who holds how much, and what would be right.
func (e *FullError) Error() string {
	held, most := e.held(), e.Capacity.Available()
	holders := "no other node holds any"
	if len(e.Nodes) > 0 {
		holders = fmt.Sprintf("%d are held by other nodes (%s)", held, names(e.Nodes, func(n Node) string {
			return fmt.Sprintf("%s on %s: %d", n.GlobalID(), n.Host, n.Connections)
		}))
	}
	less := "end a node"
	if free := most - held; free >= store.MinConns {
		less = fmt.Sprintf("give it --database-conns=%d (AISLE_DATABASE_CONNS) at most, end a node", free)
	}
	return fmt.Sprintf("this node may not open %d connections to PostgreSQL, which has %d for all nodes (%s): %s. "+
		"Either %s, or raise %s to %d", e.Asked, most, e.Capacity, holders, less, e.Capacity.Setting, held+e.Asked+e.Capacity.Reserved)
}

func (e *FullError) held() int {
	sum := 0
	for _, n := range e.Nodes {
		sum += int(n.Connections)
	}
	return sum
}

// mayFit says whether there will be room if others leave.
func (e *FullError) mayFit() bool { return e.Asked <= e.Capacity.Available() }

// isDraining says whether somebody is about to leave.
func (e *FullError) isDraining() bool {
	return slices.ContainsFunc(e.Nodes, func(n Node) bool { return n.Draining })
}

// Join puts the node into the registry if there are connections for it: else it waits as long as another node drains, and at
// least until one that has died counts as gone. Then it answers a FullError. Two that join at once do so one after the other.
//
// Behind a pooler there is no such bound: the pooler's own settings bound its clients, and what it opens itself.
func (m *Member) Join(ctx context.Context) error {
	const margin = 5 * time.Second
	return m.join(ctx, GoneAfter+margin)
}

func (m *Member) join(ctx context.Context, wait time.Duration) error {
	since, told := m.config.Now(), false
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	for {
		err := m.tryJoin(ctx)
		full := new(FullError)
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

func (m *Member) tryJoin(ctx context.Context) error {
	command := store.Command{Name: "joinFleet", Locks: []store.Lock{Lock()}}
	_, err := store.Run(ctx, m.commands, command, func(ctx context.Context, tx *store.Tx) (none struct{}, err error) {
		q := New(tx)
		if err := q.removeGone(ctx, keepGone.Seconds()); err != nil {
			return none, fmt.Errorf("remove the nodes that died: %w", err)
		}
		if !m.config.Pool.BehindPooler() {
			if err := m.fits(ctx, tx); err != nil {
				return none, err
			}
		}
		return none, m.tell(ctx, q, Report{})
	})
	if full := new(FullError); errors.As(err, &full) {
		return full // and nothing of how it came to light
	}
	return err
}

// fits answers a FullError when there is no room.
func (m *Member) fits(ctx context.Context, tx *store.Tx) error {
	capacity, err := store.ReadConnectionLimit(ctx, tx)
	if err != nil {
		return err
	}
	nodes, err := NewService(tx).Nodes(ctx, auth.SystemScope())
	if err != nil {
		return err
	}
	full := &FullError{Asked: int(m.config.Node.Connections), Nodes: nodes, Capacity: capacity}
	if full.held()+full.Asked > capacity.Available() {
		return full
	}
	return nil
}
