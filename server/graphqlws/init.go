package graphqlws

import (
	"context"
	"encoding/json"
	"strings"

	"aisle/auth"
	"aisle/gateway/apierror"
)

// handleInit answers connection_init, which may carry a token; else the viewer is that of the request.
func (c *connection) handleInit(ctx context.Context, payload json.RawMessage) error {
	if c.initialized {
		return &closeError{closeSecondInit, "Too many initialisation requests"}
	}
	c.initialized = true
	c.initTimer.Stop()
	authorization, err := authorizationIn(payload)
	if err != nil {
		return err
	}
	viewer, authErr := c.viewer, c.authErr
	if authorization != "" {
		viewer, authErr = c.gateway.Authenticate(ctx, []string{authorization})
	}
	if authErr != nil {
		known, ok := apierror.Classify(ctx, authErr)
		if !ok {
			c.gateway.Errors().Report(ctx, authErr)
			return internalError()
		}
		return &closeError{closeForbidden, known.Message}
	}
	return c.admit(viewer)
}

// admit acknowledges the connection of a viewer, until the token expires or is revoked.
func (c *connection) admit(viewer auth.Viewer) error {
	expires := !viewer.ExpiresAt.IsZero()
	left := viewer.ExpiresAt.Sub(c.now())
	if expires && left <= 0 { // authentication accepts a token shortly after it expired, but the socket would close at once
		return &closeError{closeForbidden, auth.ErrTokenExpired.Error()}
	}
	c.viewer, c.authErr = viewer, nil
	if !viewer.Anonymous() {
		c.conn.SetReadLimit(c.limits.Message)
	}
	if expires {
		c.expiryTimer = c.closeAfter(left, closeForbidden, auth.ErrTokenExpired.Error())
	}
	c.unwatch = c.gateway.Watch(viewer, func() { c.end(&closeError{closeForbidden, auth.ErrInvalidToken.Error()}) })
	return c.send(message{Type: "connection_ack"})
}

// authorizationIn returns the value of the Authorization header that a connection_init carries, in any of the ways of the clients; empty
// without one.
func authorizationIn(payload json.RawMessage) (string, error) {
	var members map[string]json.RawMessage
	if len(payload) == 0 || json.Unmarshal(payload, &members) != nil {
		if len(payload) > 0 && string(payload) != "null" {
			return "", badMessage(`The payload of "connection_init" must be an object.`)
		}
		return "", nil
	}
	for name, value := range members {
		switch strings.ToLower(name) {
		case "authorization":
			var authorization string
			if err := json.Unmarshal(value, &authorization); err != nil {
				return "", badMessage(`"Authorization" must be a string: "Bearer <token>".`)
			}
			return authorization, nil
		case "headers":
			if authorization, err := authorizationIn(value); authorization != "" || err != nil {
				return authorization, err
			}
		}
	}
	return "", nil
}
