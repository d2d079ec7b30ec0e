package graphqlws

import (
	"context"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"aisle/auth"
	"aisle/gateway"
	"aisle/telemetry"
)

// connection is one socket.
type connection struct {
	gateway *gateway.Gateway
	metrics *telemetry.Metrics
	limits  Limits
	now     func() time.Time
	client  auth.Client
	conn    *websocket.Conn
	out     *coalescingConn
	end     context.CancelCauseFunc // with a closeError

	// The reading goroutine alone uses these:
	viewer      auth.Viewer
	authErr     error // why there is no viewer although the request had a token
	initialized bool  // connection_init came
	initTimer   *time.Timer
	expiryTimer *time.Timer   // nil for a token that does not expire
	unwatch     func()        // nil before connection_init
	slots       chan struct{} // holds an element for each operation that has not ended; see acquireSlot

	mu         sync.Mutex // of what follows, and of writing messages
	operations map[string]*operation
	unanswered int  // operations that have no response yet, and subscriptions that have not started
	draining   bool // the connection closes when unanswered is 0
	pingTimer  *time.Timer
	running    sync.WaitGroup // the goroutines of operations
}

func newConnection(h *Handler, client auth.Client, end context.CancelCauseFunc) *connection {
	return &connection{
		gateway: h.config.Gateway, metrics: h.config.Metrics, limits: h.config.Limits, now: h.config.Now, client: client,
		out: &coalescingConn{buffers: h.heldBuffers}, end: end, operations: map[string]*operation{},
		slots: make(chan struct{}, h.config.Limits.Operations+1),
	}
}

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
