package graphqlws

import (
	"context"
	"fmt"

	"aisle/gateway"
	"aisle/gateway/apierror"
)

// handleSubscribe starts an operation. A malformed message closes the socket; an operation that is refused gets an error message.
func (c *connection) handleSubscribe(ctx context.Context, m message) error {
	if m.ID == "" {
		return badMessage(`"subscribe" needs an "id".`)
	}
	ctx = gateway.NewContext(gateway.DetachTrace(ctx), c.client)
	request := gateway.Request{
		Viewer: c.viewer, AuthErr: c.authErr, Account: c.gateway.NewAccount(c.viewer, c.client.Address), Streams: true,
	}
	request.Account.SetSize(len(m.Payload))
	if err := request.Account.ChargeLargeRequest(ctx); err != nil && c.initialized {
		return c.send(c.errorMessage(ctx, m.ID, err))
	}
	var err error
	if request.Params, err = c.gateway.DecodeBody(ctx, m.Payload); err != nil {
		return badMessage(err.Error())
	}
	// Before the operation starts: one that is completed at once is never charged for what it costs.
	if !c.gateway.IsFree(c.viewer, request.Params) {
		if err := request.Account.ChargeSize(ctx); err != nil && c.initialized {
			return c.send(c.errorMessage(ctx, m.ID, err))
		}
	}
	if !c.acquireSlot(ctx) {
		return nil
	}
	started, err := c.start(ctx, m.ID, request)
	if !started {
		c.releaseSlot()
	}
	return err
}

// start starts the goroutine of an operation, unless the protocol forbids it.
func (c *connection) start(ctx context.Context, id string, request gateway.Request) (started bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.draining:
		return false, nil // the client sends it to another node
	case !c.initialized:
		return false, &closeError{closeUnauthorized, "Unauthorized"}
	case c.operations[id] != nil:
		return false, &closeError{closeDuplicate, fmt.Sprintf("Subscriber for %s already exists", id)}
	case len(c.operations) >= c.limits.Operations:
		return false, c.sendLocked(c.errorMessage(ctx, id, apierror.New(apierror.CodeLimit,
			"This socket has %d operations, the limit: complete one first.", len(c.operations))))
	}
	ctx, cancel := context.WithCancel(ctx)
	entry := &runningOperation{cancel}
	op := &operation{id: id, connection: c, request: request, entry: entry, prefix: nextPrefix(id)}
	c.operations[id] = entry
	c.unanswered++
	c.running.Go(func() {
		defer c.releaseSlot()
		defer cancel()
		defer func() {
			if p := recover(); p != nil {
				c.gateway.Errors().Report(ctx, apierror.Recovered(p))
				c.end(internalError())
			}
		}()
		op.run(ctx)
	})
	return true, nil
}

// acquireSlot waits until an operation may start; it returns false when ctx ends before. An operation that was completed has a slot until
// its goroutine ends. There is one slot more than operations, for the message that exceeds the limit.
func (c *connection) acquireSlot(ctx context.Context) bool {
	select {
	case c.slots <- struct{}{}:
		return true
	case <-ctx.Done():
		return false
	}
}

func (c *connection) releaseSlot() { <-c.slots }

// cancel ends an operation that the client has completed.
func (c *connection) cancel(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if entry := c.operations[id]; entry != nil {
		delete(c.operations, id)
		entry.cancel()
	}
}
