package graphqlws

import (
	"context"
	"net/http"
	"sync"

	"github.com/gorilla/websocket"

	"aisle/auth"
	"aisle/server/plaintext"
)

// A Handler upgrades requests to sockets.
type Handler struct {
	config       Config
	writeBuffers *sync.Pool // of gorilla's
	heldBuffers  *sync.Pool // of *[]byte
}

// NewHandler returns a Handler.
func NewHandler(config Config) *Handler {
	return &Handler{
		config: config, writeBuffers: &sync.Pool{}, heldBuffers: &sync.Pool{New: func() any { return new([]byte) }},
	}
}

// Sizes of a socket's buffers, in bytes: there are thousands of sockets, and most messages are small.
const bufferSize = 512

// ServeHTTP upgrades a request to a socket, which outlives the request.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	client := h.config.Clients.Client(r)
	ctx, end := context.WithCancelCause(auth.WithClient(context.WithoutCancel(r.Context()), client))
	c := newConnection(h.config, h.heldBuffers, client, end)
	remove, err := h.config.Connections.Add(c.drain)
	if err != nil {
		end(nil)
		plaintext.Write(w, http.StatusServiceUnavailable, err.Error())
		return
	}
	upgrader := websocket.Upgrader{
		Subprotocols: []string{subprotocol}, CheckOrigin: h.config.Origins.Allows, HandshakeTimeout: h.config.Limits.WriteTimeout,
		ReadBufferSize: bufferSize, WriteBufferSize: bufferSize, WriteBufferPool: h.writeBuffers,
	}
	if c.conn, err = upgrader.Upgrade(hijacker{w, c.out}, r, nil); err != nil { // Upgrade has responded
		end(nil)
		remove()
		return
	}
	c.viewer, c.authErr = h.config.Gateway.Authenticate(r.Context(), r.Header["Authorization"])
	go func() {
		defer remove()
		c.serve(ctx)
	}()
}
