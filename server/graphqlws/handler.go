package graphqlws

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"aisle/auth"
	"aisle/gateway"
	"aisle/server/clientinfo"
	"aisle/server/connections"
	"aisle/server/origin"
	"aisle/telemetry"
)

const subprotocol = "graphql-transport-ws"

// Config configures a Handler. All of it must be set.
type Config struct {
	Gateway     *gateway.Gateway
	Clients     clientinfo.Reader
	Origins     *origin.Policy
	Connections *connections.Registry
	Metrics     *telemetry.Metrics
	Limits      Limits
	Now         func() time.Time
}

// Limits limit a socket.
type Limits struct {
	Message          int64         // bytes of a message
	AnonymousMessage int64         // bytes of a message before connection_init, and without a token
	Operations       int           // at the same time
	InitTimeout      time.Duration // until connection_init must have come
	WriteTimeout     time.Duration // of one write
	PongTimeout      time.Duration // without any message of the client, after which the connection counts as gone
}

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
	c := newConnection(h, client, end)
	remove, err := h.config.Connections.Add(c.drain)
	if err != nil {
		end(nil)
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = w.Write([]byte(err.Error() + "\n")) // nobody is left to tell
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
