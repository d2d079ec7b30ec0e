package graphqlws

import (
	"context"
	"encoding/json"

	"github.com/gorilla/websocket"

	"aisle/gateway/apierror"
)

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
