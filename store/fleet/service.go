package fleet

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/store"
)

// NodePrefix is the prefix of the nodes' global ids. Clients call nodes instances: "node" is an object in GraphQL.
const NodePrefix = "instance"

// NodeTimeout is how long a node stays listed without a heartbeat.
const NodeTimeout = 30 * time.Second

// Lock returns the module's lock. The module's commands append no events: nodes poll.
func Lock() store.Lock { return store.ModuleLock("fleet") }

// GlobalID returns the node's id for clients.
func (n Node) GlobalID() string { return store.GlobalID(NodePrefix, n.ID) }

// errNotChainScope is a programming error: the caller checks the permission first.
var errNotChainScope = errors.New("only a scope of the whole chain may restart components")

// Service reads and writes the module's rows, for scopes of the whole chain.
type Service struct{ q *Queries }

// NewService returns the module's service on a pool or a transaction.
func NewService(db store.DB) *Service { return &Service{New(store.WithModule(db, "fleet"))} }

// ListNodes returns the nodes that are alive, in the order in which they started.
func (s *Service) ListNodes(ctx context.Context, scope auth.Scope) ([]Node, error) {
	rows, err := s.q.listNodes(ctx, listNodesParams{ScopeAll: scope.All(), GoneAfter: NodeTimeout.Seconds()})
	if err != nil {
		return nil, fmt.Errorf("list nodes: %w", err)
	}
	return rows, nil
}

// RequestRestart asks a node to restart one of its components, which it does within two seconds. It returns the node as of its
// last heartbeat, or NOT_FOUND with the names that exist.
func (s *Service) RequestRestart(
	ctx context.Context, tx *store.Tx, scope auth.Scope, id uuid.UUID, component string,
) (*Node, error) {
	if !scope.All() {
		return nil, errNotChainScope
	}
	nodes, err := NewService(tx).ListNodes(ctx, scope)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(nodes, func(n Node) bool { return n.ID == id })
	if i < 0 {
		return nil, store.NewUserError(store.CodeNotFound, "instanceId", "There is no instance with this id. The instances are: %s.",
			joinNames(nodes, Node.GlobalID))
	}
	node := &nodes[i]
	if !slices.ContainsFunc(node.Components, func(c Component) bool { return c.Name == component }) {
		return nil, store.NewUserError(store.CodeNotFound, "component", "The instance has no component %s. Its components are: %s.",
			store.Quote(component), joinNames(node.Components, func(c Component) string { return c.Name }))
	}
	if err := New(tx).insertRestart(ctx, insertRestartParams{
		ID: store.NewID(), NodeID: id, Component: component, RequestedBy: tx.ActorID, RequestedAt: tx.Now,
	}); err != nil {
		return nil, fmt.Errorf("request a restart: %w", err)
	}
	return node, nil
}

// joinNames joins the names of a list with commas.
func joinNames[T any](list []T, name func(T) string) string {
	names := make([]string, len(list))
	for i, item := range list {
		names[i] = name(item)
	}
	return strings.Join(names, ", ")
}
