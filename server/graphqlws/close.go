package graphqlws

import (
	"errors"
	"time"
	"unicode/utf8"

	"github.com/gorilla/websocket"
)

// The codes that a socket is closed with. Never use 1002 or 4500: clients do not reconnect after those.
const (
	closeRestart      = websocket.CloseServiceRestart
	closeInternal     = websocket.CloseTryAgainLater
	closeBadMessage   = 4400
	closeUnauthorized = 4401
	closeForbidden    = 4403
	closeSubprotocol  = 4406
	closeInitTimeout  = 4408
	closeDuplicate    = 4409
	closeSecondInit   = 4429
)

// closeTimeout is how long the server waits for the client's close frame.
const closeTimeout = time.Second

// closeError is the reason for which the server closes a socket.
type closeError struct {
	code   int
	reason string
}

// Error returns the reason.
func (e *closeError) Error() string { return e.reason }

func badMessage(reason string) error { return &closeError{closeBadMessage, reason} }

func internalError() error { return &closeError{closeInternal, "Something went wrong on our side."} }

// drain sends the client to another node, once its operations have their responses: a mutation that is cut off may have been applied, and
// would be sent again. Subscriptions continue on the other node.
func (c *connection) drain() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.draining = true
	c.closeIfDrained()
}

// setAnswered counts an operation that has its response, or a subscription that has started.
func (c *connection) setAnswered() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.unanswered--
	c.closeIfDrained()
}

// closeIfDrained is called with the lock.
func (c *connection) closeIfDrained() {
	if c.draining && c.unanswered == 0 {
		c.end(&closeError{closeRestart, "The server is restarting. Reconnect."})
	}
}

// closeAfter closes the socket after a time, unless the timer is stopped.
func (c *connection) closeAfter(d time.Duration, code int, reason string) *time.Timer {
	return time.AfterFunc(d, func() { c.end(&closeError{code, reason}) })
}

// close sends a close frame with the cause, and limits the time for the client's. Without a cause the server stops.
func (c *connection) close(cause error) {
	why := new(closeError)
	if !errors.As(cause, &why) {
		why = &closeError{closeRestart, ""}
	}
	message := websocket.FormatCloseMessage(why.code, truncateReason(why.reason))
	_ = c.conn.WriteControl(websocket.CloseMessage, message, time.Now().Add(c.limits.WriteTimeout)) // else stop disconnects
	_ = c.conn.SetReadDeadline(time.Now().Add(closeTimeout))
}

// disconnect cuts a connection without a close frame.
func (c *connection) disconnect() { _ = c.conn.NetConn().Close() }

// truncateReason cuts a reason to what a close frame can hold.
func truncateReason(reason string) string {
	const maxReasonLen = 123
	if len(reason) <= maxReasonLen {
		return reason
	}
	reason = reason[:maxReasonLen]
	for !utf8.ValidString(reason) {
		reason = reason[:len(reason)-1]
	}
	return reason
}
