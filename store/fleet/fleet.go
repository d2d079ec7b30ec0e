// Package fleet is the module of the processes that serve the chain: each tells how it fares, and is told what to restart.
package fleet

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/store"
)

// NodePrefix is the prefix of the nodes' global ids.
const NodePrefix = "node"

// NodeTimeout is how long a node counts as there that does not tell anything.
const NodeTimeout = 30 * time.Second

// Lock is the module's lock. Its commands tell nothing to the log of events: nodes look what is new.
func Lock() store.Lock { return store.ModuleLock("fleet") }

// GlobalID is the node's id as clients see it.
func (n Node) GlobalID() string { return store.GlobalID(NodePrefix, n.ID) }

// ComponentState is what a component does at the moment. The values are those of GraphQL's ComponentState.
type ComponentState string

// Component is a part of a node, as it fared when the node told last.
type Component struct {
	Name      string         `json:"name"`
	State     ComponentState `json:"state"`
	Restarts  int32          `json:"restarts"`
	LastError *string        `json:"lastError,omitempty"` // without secrets; nil when it never failed
	StartedAt *time.Time     `json:"startedAt,omitempty"` // nil before it was
}

// errForeign is a fault of the caller: those alone restart who see the whole chain.
var errForeign = errors.New("components are restarted by those who see the whole chain")

// Service reads and writes the module's rows, for scopes that see the whole chain.
type Service struct{ q *Queries }

// NewService makes the module's service on a pool or a transaction.
func NewService(db store.DB) *Service { return &Service{New(store.WithModule(db, "fleet"))} }

// ListNodes reads the nodes that are there, those that started first before the others.
func (s *Service) ListNodes(ctx context.Context, scope auth.Scope) ([]Node, error) {
	rows, err := s.q.listNodes(ctx, listNodesParams{ScopeAll: scope.All(), GoneAfter: NodeTimeout.Seconds()})
	return rows, store.Wrap("nodes of the fleet", err)
}

// RequestRestart asks a node to restart one of its components, which it does within a second or two. It answers the node as it
// fared before that, or NOT_FOUND with what there is.
func (s *Service) RequestRestart(ctx context.Context, tx *store.Tx, scope auth.Scope, id uuid.UUID, component string) (*Node, error) {
	if !scope.All() {
		return nil, errForeign
	}
	nodes, err := NewService(tx).ListNodes(ctx, scope)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(nodes, func(n Node) bool { return n.ID == id })
	if i < 0 {
		return nil, store.NewUserError(store.CodeNotFound, "nodeId", "There is no such node: there are %s.", names(nodes, Node.GlobalID))
	}
	node := &nodes[i]
	if !slices.ContainsFunc(node.Components, func(c Component) bool { return c.Name == component }) {
		return nil, store.NewUserError(store.CodeNotFound, "component", "There is no such component on that node: there are %s.",
			names(node.Components, func(c Component) string { return c.Name }))
	}
	return node, store.Wrap("ask for a restart", New(tx).insertRestart(ctx, insertRestartParams{
		ID: store.NewID(), NodeID: id, Component: component, RequestedBy: tx.ActorID, RequestedAt: tx.Now,
	}))
}

// names are those of all, with commas between.
func names[T any](list []T, name func(T) string) string {
	all := make([]string, len(list))
	for i, one := range list {
		all[i] = name(one)
	}
	return strings.Join(all, ", ")
}
