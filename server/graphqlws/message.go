package graphqlws

import (
	"context"
	"encoding/json"
	"time"

	"github.com/gorilla/websocket"

	"aisle/gateway/apierror"
)

// message is what both sides send.
type message struct {
	ID      string          `json:"id,omitempty"`
	Type    string          `json:"type"`
	Payload json.RawMessage `json:"payload,omitempty"`
}

// handle handles one message of the client. The socket is closed with the error that it returns.
func (c *connection) handle(ctx context.Context, kind int, text []byte) error {
	var m message
	if kind != websocket.TextMessage {
		return badMessage("Messages are JSON text, not binary.")
	}
	if err := json.Unmarshal(text, &m); err != nil {
		return badMessage(`A message is a JSON object with a "type".`)
	}
	switch m.Type {
	case "connection_init":
		return c.handleInit(ctx, m.Payload)
	case "ping":
		return c.send(message{Type: "pong", Payload: m.Payload})
	case "pong":
		return nil
	case "subscribe":
		return c.handleSubscribe(ctx, m)
	case "complete":
		if m.ID == "" {
			return badMessage(`"complete" needs the "id" of a subscription.`)
		}
		c.cancel(m.ID)
		return nil
	default:
		return badMessage("Unknown message type " + apierror.Quote(m.Type) + ".")
	}
}

// send sends a message.
func (c *connection) send(m message) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.sendLocked(m)
}

// sendLocked is send for a caller with the lock. It disconnects a client that does not read, so there is no error to handle.
func (c *connection) sendLocked(m message) error {
	encoded, err := json.Marshal(m)
	if err != nil {
		return internalError()
	}
	_ = c.write(func() error { return c.conn.WriteMessage(websocket.TextMessage, encoded) })
	return nil
}

// write sends the frames that a function writes, as one write to the connection. It disconnects a client that does not read. The caller
// has the lock.
func (c *connection) write(frames func() error) error {
	c.out.hold()
	_ = c.conn.SetWriteDeadline(time.Now().Add(c.limits.WriteTimeout))
	_ = frames() // flush returns the same error
	err := c.out.flush()
	if err != nil {
		c.disconnect()
	}
	return err
}
