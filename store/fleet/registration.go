package fleet

import (
	"context"
	"errors"
	"fmt"
	"time"

	"aisle/auth"
	"aisle/store"
)

// Register adds the node to the registry if PostgreSQL has enough connections for it. Otherwise it waits while another node
// drains, and until a node that died has timed out; then it returns a ConnectionBudgetError. Concurrent registrations run one
// after the other.
//
// Behind a pooler there is no check: the pooler limits connections by its own settings.
func (h *Heartbeat) Register(ctx context.Context) error {
	const margin = 5 * time.Second
	return h.register(ctx, NodeTimeout+margin)
}

func (h *Heartbeat) register(ctx context.Context, timeout time.Duration) error {
	began, warned := h.config.Now(), false
	ticker := time.NewTicker(checkInterval)
	defer ticker.Stop()
	for {
		err := h.tryRegister(ctx)
		budgetErr := new(ConnectionBudgetError)
		if !errors.As(err, &budgetErr) || !budgetErr.canFit() || h.config.Now().Sub(began) > timeout && !budgetErr.isDraining() {
			return err
		}
		if !warned {
			warned = true
			h.config.Log.WarnContext(ctx, "waiting for connections of nodes that drain or died", "error", err)
		}
		select {
		case <-ctx.Done():
			return err
		case <-ticker.C:
		}
	}
}

func (h *Heartbeat) tryRegister(ctx context.Context) error {
	command := store.Command{Name: "registerNode", Locks: []store.Lock{Lock()}}
	_, err := store.Run(ctx, h.commands, command, func(ctx context.Context, tx *store.Tx) (none struct{}, err error) {
		q := New(tx)
		if err := q.deleteTimedOutNodes(ctx, deadNodeRetention.Seconds()); err != nil {
			return none, fmt.Errorf("delete dead nodes: %w", err)
		}
		if !h.config.BehindPooler {
			if err := h.checkBudget(ctx, tx); err != nil {
				return none, err
			}
		}
		return none, h.writeStatus(ctx, q, NodeStatus{})
	})
	if budgetErr := new(ConnectionBudgetError); errors.As(err, &budgetErr) {
		return budgetErr // without the context that store.Run adds
	}
	return err
}

// checkBudget returns a ConnectionBudgetError if there are not enough connections.
func (h *Heartbeat) checkBudget(ctx context.Context, tx *store.Tx) error {
	capacity, err := store.ReadConnectionLimit(ctx, tx)
	if err != nil {
		return err
	}
	nodes, err := NewService(tx).ListNodes(ctx, auth.SystemScope())
	if err != nil {
		return err
	}
	budgetErr := &ConnectionBudgetError{Requested: int(h.config.Node.Connections), Nodes: nodes, Capacity: capacity}
	if budgetErr.held()+budgetErr.Requested > capacity.Available() {
		return budgetErr
	}
	return nil
}

// Deregister removes the node from the registry, so that other nodes can use its connections before it times out.
func (h *Heartbeat) Deregister(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	if err := h.q.deleteNode(ctx, h.ID()); err != nil {
		return fmt.Errorf("deregister the node: %w", err)
	}
	return nil
}
