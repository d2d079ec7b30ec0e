package graphqlws

import (
	"context"
	"time"

	"github.com/gorilla/websocket"
)

// extendReadDeadline gives the client the time in which it must send something again.
func (c *connection) extendReadDeadline() error {
	return c.conn.SetReadDeadline(time.Now().Add(c.limits.PongTimeout)) //nolint:wrapcheck // it never fails
}

// startPings pings the client so often that one ping may get lost within PongTimeout.
func (c *connection) startPings(ctx context.Context) {
	interval := c.limits.PongTimeout * 2 / 5
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pingTimer = time.AfterFunc(interval, func() {
		if ctx.Err() != nil {
			return
		}
		if err := c.conn.WriteControl(websocket.PingMessage, nil, time.Now().Add(c.limits.WriteTimeout)); err != nil {
			c.disconnect()
			return
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		c.pingTimer.Reset(interval)
	})
}
