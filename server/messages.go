package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/gorilla/websocket"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"aisle/auth"
	"aisle/store"
)

// message is what both sides send.
type message struct {
	ID      string          `json:"id,omitempty"`
	Type    string          `json:"type"`
	Payload json.RawMessage `json:"payload,omitempty"`
}

// handle does what a message asks for. An error is a closure.
func (k *socket) handle(ctx context.Context, kind int, text []byte) error {
	var m message
	if kind != websocket.TextMessage {
		return &closure{closeBadMessage, "Messages are JSON text, not binary."}
	}
	if err := json.Unmarshal(text, &m); err != nil {
		return &closure{closeBadMessage, `A message is a JSON object with a "type".`}
	}
	switch m.Type {
	case "connection_init":
		return k.greet(ctx, m.Payload)
	case "ping":
		return k.send(message{Type: "pong", Payload: m.Payload})
	case "pong":
		return nil
	case "subscribe":
		return k.subscribe(ctx, m)
	case "complete":
		if m.ID == "" {
			return &closure{closeBadMessage, `"complete" needs the "id" of a subscription.`}
		}
		k.cancel(m.ID)
		return nil
	default:
		return &closure{closeBadMessage, fmt.Sprintf("Nothing is known of messages of the type %q.", m.Type)}
	}
}

// greet answers connection_init: who the viewer is comes with it, or came with the request.
func (k *socket) greet(ctx context.Context, payload json.RawMessage) error {
	if k.greeted {
		return &closure{closeSecondInit, "Too many initialisation requests"}
	}
	k.greeted = true
	k.initial.Stop()
	header, err := authorization(payload)
	if err != nil {
		return err
	}
	viewer, denied := k.viewer, k.denial
	if header != "" {
		viewer, denied = k.server.verify(ctx, header)
	}
	if denied != nil {
		known, ok := classify(ctx, denied)
		if !ok {
			k.server.report(ctx, denied)
			return &closure{closeInternal, "Something went wrong on our side."}
		}
		return &closure{closeForbidden, known.message}
	}
	left := viewer.ExpiresAt.Sub(k.server.config.Now())
	if !viewer.ExpiresAt.IsZero() && left <= 0 { // a request would be forgiven, but a socket would end at once
		return &closure{closeForbidden, auth.ErrTokenExpired.Error()}
	}
	k.viewer, k.denial = viewer, nil
	if !viewer.Anonymous() {
		k.conn.SetReadLimit(k.server.config.Limits.Body)
	}
	if !viewer.ExpiresAt.IsZero() {
		k.expiry = k.closeAfter(left, closeForbidden, auth.ErrTokenExpired.Error())
	}
	k.unwatch = k.server.watch(viewer, func() { k.end(&closure{closeForbidden, auth.ErrInvalidToken.Error()}) })
	return k.send(message{Type: "connection_ack"})
}

// authorization is the header's value that a connection_init carries, in any of the ways that clients do; empty for
// none.
func authorization(payload json.RawMessage) (string, error) {
	var members map[string]json.RawMessage
	if len(payload) == 0 || json.Unmarshal(payload, &members) != nil {
		if len(payload) > 0 && string(payload) != "null" {
			return "", &closure{closeBadMessage, `The payload of "connection_init" is an object.`}
		}
		return "", nil
	}
	for name, value := range members {
		switch strings.ToLower(name) {
		case "authorization":
			var header string
			if err := json.Unmarshal(value, &header); err != nil {
				return "", &closure{closeBadMessage, `"Authorization" is a string: "Bearer <token>".`}
			}
			return header, nil
		case "headers":
			if header, err := authorization(value); header != "" || err != nil {
				return header, err
			}
		}
	}
	return "", nil
}

// subscribe begins an operation.
func (k *socket) subscribe(ctx context.Context, m message) error {
	if m.ID == "" {
		return &closure{closeBadMessage, `"subscribe" needs an "id".`}
	}
	ctx, statements := store.WithStatementCounter(withFaults(k.server.apart(ctx)))
	x := &exchange{
		media: mediaJSON, status: http.StatusSwitchingProtocols, payer: k.payer, size: len(m.Payload), statements: statements,
	}
	if err := k.server.chargeLarge(ctx, x); err != nil && k.greeted {
		return k.send(k.errors(ctx, m.ID, err))
	}
	params, err := k.server.decode(ctx, m.Payload, fieldsOfBody)
	if err != nil {
		return &closure{closeBadMessage, err.Error()}
	}
	// Before anything is begun: an operation that is completed at once never comes to where its cost is charged.
	if !k.isFree(k.server.registered(params)) {
		if err := k.server.chargeBytes(ctx, x); err != nil && k.greeted {
			return k.send(k.errors(ctx, m.ID, err))
		}
	}
	if !k.place(ctx) {
		return nil
	}
	begun := false
	defer func() {
		if !begun {
			<-k.places
		}
	}()
	k.mu.Lock()
	defer k.mu.Unlock()
	switch {
	case k.restarting:
		return nil // the peer asks another node
	case !k.greeted:
		return &closure{closeUnauthorized, "Unauthorized"}
	case k.operations[m.ID] != nil:
		return &closure{closeDuplicate, fmt.Sprintf("Subscriber for %s already exists", m.ID)}
	case len(k.operations) >= k.server.config.Limits.Subscriptions:
		refused := refuse(0, codeLimit, "This socket has %d operations, the limit: complete one first.", len(k.operations))
		return k.sendLocked(k.errors(ctx, m.ID, refused))
	}
	ctx, cancel := context.WithCancel(ctx)
	op := &running{cancel}
	k.operations[m.ID] = op
	k.asked++
	begun = true
	k.tasks.Go(func() {
		defer func() { <-k.places }()
		defer cancel()
		defer func() {
			if p := recover(); p != nil {
				k.server.report(ctx, recoveredPanic(p))
				k.end(&closure{closeInternal, "Something went wrong on our side."})
			}
		}()
		k.run(ctx, m.ID, op, params, x)
	})
	return nil
}

// place takes a place for an operation; it is false when ctx ends before. Those that were completed and have not ended yet
// have one, too: so one waits until one of them has.
func (k *socket) place(ctx context.Context) bool {
	select {
	case k.places <- struct{}{}:
		return true
	case <-ctx.Done():
		return false
	}
}

// cancel ends an operation that the client has completed.
func (k *socket) cancel(id string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if op := k.operations[id]; op != nil {
		delete(k.operations, id)
		op.cancel()
	}
}

// run answers an operation.
func (k *socket) run(ctx context.Context, id string, op *running, params *graphql.RawParams, x *exchange) {
	started := k.server.config.Now()
	defer func() { k.server.record(ctx, k.client, x, k.server.config.Now().Sub(started)) }()
	answered := sync.OnceFunc(k.answered)
	defer answered()
	sub := k.server.begin(ctx, params, x)
	if sub == nil {
		k.once(ctx, id, op, x)
		return
	}
	answered()
	defer sub.close()
	defer k.server.config.Metrics.TrackSubscription()()
	head := head(id)
	for {
		bodies, err := sub.next(ctx)
		if len(bodies) > 0 && k.next(op, id, head, bodies) != nil {
			return
		}
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			x.answer = k.server.fail(ctx, err)
			k.last(op, id, k.errorsOf(id, x.answer.Errors))
			return
		}
	}
}

// once answers an operation that has one answer.
func (k *socket) once(ctx context.Context, id string, op *running, x *exchange) {
	if x.answer.Data == nil { // it did not run
		k.last(op, id, k.errorsOf(id, x.answer.Errors))
		return
	}
	body := k.server.encode(ctx, x)
	if k.next(op, id, head(id), [][]byte{body}) == nil {
		k.last(op, id, message{ID: id, Type: "complete"})
	}
}

// head is what a next message begins with.
func head(id string) []byte {
	quoted, _ := json.Marshal(id) //nolint:errchkjson // a string
	return append(append([]byte(`{"id":`), quoted...), `,"type":"next","payload":`...)
}

var errOver = errors.New("the operation is over")

// next sends answers to an operation that is still running, as one write.
func (k *socket) next(op *running, id string, head []byte, bodies [][]byte) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.operations[id] != op {
		return errOver
	}
	k.out.cork()
	_ = k.conn.SetWriteDeadline(time.Now().Add(k.server.config.Limits.Write))
	var frame []byte
	for _, body := range bodies {
		frame = append(append(append(frame[:0], head...), bytes.TrimSuffix(body, []byte("\n"))...), '}')
		if err := k.conn.WriteMessage(websocket.TextMessage, frame); err != nil {
			break // uncork says so
		}
	}
	k.server.config.Metrics.AddEventsSent(len(bodies))
	return k.failing(k.out.uncork())
}

// last sends an operation's last message.
func (k *socket) last(op *running, id string, m message) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.operations[id] == op {
		delete(k.operations, id)
		_ = k.sendLocked(m)
	}
}

// send sends a message.
func (k *socket) send(m message) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.sendLocked(m)
}

// sendLocked is send for who has the lock. A peer that takes nothing is cut off, so there is no error to handle.
func (k *socket) sendLocked(m message) error {
	encoded, err := json.Marshal(m)
	if err != nil {
		return &closure{closeInternal, "Something went wrong on our side."}
	}
	k.out.cork()
	_ = k.conn.SetWriteDeadline(time.Now().Add(k.server.config.Limits.Write))
	_ = k.conn.WriteMessage(websocket.TextMessage, encoded) // uncork says so
	_ = k.failing(k.out.uncork())
	return nil
}

// failing cuts the connection when it cannot be written to.
func (k *socket) failing(err error) error {
	if err != nil {
		k.hangUp()
	}
	return err
}

// errors is the message that an operation was refused.
func (k *socket) errors(ctx context.Context, id string, err error) message {
	return k.errorsOf(id, gqlerror.List{k.server.present(ctx, err)})
}

func (k *socket) errorsOf(id string, list gqlerror.List) message {
	encoded, err := json.Marshal(list)
	if err != nil {
		encoded = []byte(`[{"message":"Something went wrong on our side."}]`)
	}
	return message{ID: id, Type: "error", Payload: encoded}
}
