package graphqlhttp

import (
	"time"

	"aisle/gateway"
	"aisle/server/clientinfo"
	"aisle/server/graphqlsse"
	"aisle/server/origin"
)

// Config configures a Handler. All of it must be set.
type Config struct {
	Gateway           *gateway.Gateway
	Clients           clientinfo.Reader
	Origins           *origin.Policy
	EventStreams      *graphqlsse.Server
	MaxBody           int64 // bytes
	MaxAnonymousBody  int64 // bytes, without a token
	OnlySubscriptions bool  // reject what is not answered as an event stream: other nodes serve it
	Now               func() time.Time
}

// A Handler answers requests for /graphql.
type Handler struct{ config Config }

// NewHandler returns a Handler.
func NewHandler(config Config) *Handler { return &Handler{config} }
