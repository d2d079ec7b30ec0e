package graphqlws

import (
	"time"

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
