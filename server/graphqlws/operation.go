package graphqlws

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"sync"

	"github.com/gorilla/websocket"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"aisle/gateway"
)

// operation is one that runs on a connection.
type operation struct {
	id         string
	connection *connection
	request    gateway.Request
	entry      *runningOperation
	prefix     []byte // of its next messages
	bytes      int    // of a single response
}

// run runs the operation, and records it.
func (op *operation) run(ctx context.Context) {
	c := op.connection
	started := c.now()
	answered := sync.OnceFunc(c.setAnswered)
	defer answered()
	result := c.gateway.Execute(ctx, op.request)
	defer func() {
		c.gateway.Record(ctx, gateway.OperationRecord{
			Client: c.client, Viewer: op.request.Viewer, Result: result, Status: http.StatusSwitchingProtocols, Bytes: op.bytes,
			Elapsed: c.now().Sub(started),
		})
	}()
	if result.Subscription == nil {
		op.respond(ctx, result)
		return
	}
	answered()
	defer result.Subscription.Close()
	defer c.metrics.TrackSubscription()()
	op.follow(ctx, result)
}

// respond sends the response of a query or of a mutation.
func (op *operation) respond(ctx context.Context, result *gateway.Result) {
	c := op.connection
	if result.Response.Data == nil { // it did not run
		op.complete(errorsMessage(op.id, result.Response.Errors))
		return
	}
	body, response := c.gateway.Encode(ctx, result.Response)
	result.Response, op.bytes = response, len(body)
	if op.next([][]byte{body}) == nil {
		op.complete(message{ID: op.id, Type: "complete"})
	}
}

// follow sends the events of a subscription until it ends.
func (op *operation) follow(ctx context.Context, result *gateway.Result) {
	for {
		bodies, err := result.Subscription.Next(ctx)
		if len(bodies) > 0 && op.next(bodies) != nil {
			return
		}
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			result.Response = op.connection.gateway.Fail(ctx, err)
			op.complete(errorsMessage(op.id, result.Response.Errors))
			return
		}
	}
}

var errCompleted = errors.New("the operation was completed")

// next sends responses, unless the operation was completed.
func (op *operation) next(bodies [][]byte) error {
	c := op.connection
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.operations[op.id] != op.entry {
		return errCompleted
	}
	err := c.write(func() error {
		var frame []byte
		for _, body := range bodies {
			frame = append(append(append(frame[:0], op.prefix...), bytes.TrimSuffix(body, []byte("\n"))...), '}')
			if err := c.conn.WriteMessage(websocket.TextMessage, frame); err != nil {
				return err //nolint:wrapcheck // see write
			}
		}
		return nil
	})
	c.metrics.AddEventsSent(len(bodies))
	return err
}

// nextPrefix is what a next message begins with.
func nextPrefix(id string) []byte {
	quoted, _ := json.Marshal(id) //nolint:errchkjson // a string
	return append(append([]byte(`{"id":`), quoted...), `,"type":"next","payload":`...)
}

// complete sends the last message, unless the client has completed the operation.
func (op *operation) complete(m message) {
	c := op.connection
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.operations[op.id] == op.entry {
		delete(c.operations, op.id)
		_ = c.sendLocked(m)
	}
}

// errorMessage is the message for an operation that did not start.
func (c *connection) errorMessage(ctx context.Context, id string, err error) message {
	return errorsMessage(id, c.gateway.Fail(ctx, err).Errors)
}

func errorsMessage(id string, list gqlerror.List) message {
	encoded, err := json.Marshal(list)
	if err != nil {
		encoded = []byte(`[{"message":"Something went wrong on our side."}]`)
	}
	return message{ID: id, Type: "error", Payload: encoded}
}
