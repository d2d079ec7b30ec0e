package graphqlws

import (
	"encoding/json"
	"time"

	"github.com/gorilla/websocket"
)

// message is what both sides send.
type message struct {
	ID      string          `json:"id,omitempty"`
	Type    string          `json:"type"`
	Payload json.RawMessage `json:"payload,omitempty"`
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
