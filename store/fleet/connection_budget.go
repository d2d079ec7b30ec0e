package fleet

import (
	"fmt"
	"slices"

	"aisle/store"
)

// A ConnectionBudgetError reports that a node may not register: its connections and those of the registered nodes are more
// than PostgreSQL allows.
type ConnectionBudgetError struct {
	Requested int // by the node
	Nodes     []Node
	Capacity  store.ConnectionLimit
}

// Error says which nodes hold how many connections, and what would help.
func (e *ConnectionBudgetError) Error() string {
	held, available := e.held(), e.Capacity.Available()
	holders := "no other node has reserved any"
	if len(e.Nodes) > 0 {
		holders = fmt.Sprintf("other nodes have reserved %d (%s)", held, joinNames(e.Nodes, func(n Node) string {
			return fmt.Sprintf("%s on %s: %d", n.GlobalID(), n.Host, n.Connections)
		}))
	}
	remedy := "stop a node"
	if free := available - held; free >= store.MinConns {
		remedy = fmt.Sprintf("set --database-max-conns (AISLE_DATABASE_MAX_CONNS) to %d or less, stop a node", free)
	}
	return fmt.Sprintf("this node cannot reserve %d connections to PostgreSQL: %d are available to all nodes (%s), and %s; "+
		"%s, or raise %s to %d", e.Requested, available, e.Capacity, holders, remedy, e.Capacity.Setting, held+e.Requested+e.Capacity.Reserved)
}

// held returns how many connections the other nodes have reserved.
func (e *ConnectionBudgetError) held() int {
	sum := 0
	for _, n := range e.Nodes {
		sum += int(n.Connections)
	}
	return sum
}

// canFit reports whether the node fits when others leave.
func (e *ConnectionBudgetError) canFit() bool { return e.Requested <= e.Capacity.Available() }

// isDraining reports whether a node is about to leave.
func (e *ConnectionBudgetError) isDraining() bool {
	return slices.ContainsFunc(e.Nodes, func(n Node) bool { return n.Draining })
}
