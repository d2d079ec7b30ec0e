package graphqlws

import (
	"context"
)

// serve serves the socket until it is closed, and waits for its operations.
func (c *connection) serve(ctx context.Context) {
	defer c.metrics.TrackConnection("websocket")()
	stop := context.AfterFunc(ctx, func() { c.close(context.Cause(ctx)) })
	defer stop()
	c.read(ctx)
	c.end(nil)
	c.stop()
}

// read reads messages until the connection ends.
func (c *connection) read(ctx context.Context) {
	c.conn.SetReadLimit(c.limits.AnonymousMessage)
	c.conn.SetPongHandler(func(string) error { return c.extendReadDeadline() })
	c.initTimer = c.closeAfter(c.limits.InitTimeout, closeInitTimeout, "Connection initialisation timeout")
	c.startPings(ctx)
	if c.conn.Subprotocol() != subprotocol {
		c.end(&closeError{closeSubprotocol, "Use the subprotocol " + subprotocol + "."})
	}
	for {
		if ctx.Err() == nil {
			_ = c.extendReadDeadline()
		}
		kind, text, err := c.conn.ReadMessage()
		if err != nil {
			return // the connection is gone, or was closed by either side
		}
		if ctx.Err() != nil {
			continue // the server has sent a close frame: it ignores messages, and waits for that of the client
		}
		if err := c.handle(ctx, kind, text); err != nil {
			c.end(err)
		}
	}
}

// stop ends what the connection has started, and waits for it.
func (c *connection) stop() {
	c.initTimer.Stop()
	if c.expiryTimer != nil {
		c.expiryTimer.Stop()
	}
	if c.unwatch != nil {
		c.unwatch()
	}
	c.mu.Lock()
	c.pingTimer.Stop()
	c.mu.Unlock()
	c.disconnect()
	c.running.Wait()
}
