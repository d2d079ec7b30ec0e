package server

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/gorilla/websocket"

	"aisle/auth"
)

// subprotocol is the one that is spoken: https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md.
const subprotocol = "graphql-transport-ws"

// The codes that a socket is closed with. 1002 is none of them, nor is 4500: clients take them for the end of all tries.
const (
	closeRestart      = websocket.CloseServiceRestart
	closeInternal     = websocket.CloseTryAgainLater
	closeBadMessage   = 4400
	closeUnauthorized = 4401
	closeForbidden    = 4403
	closeSubprotocol  = 4406
	closeInitTimeout  = 4408
	closeDuplicate    = 4409
	closeSecondInit   = 4429
)

// lastWords is how long a peer has to close, too.
const lastWords = time.Second

// socket is one WebSocket connection.
type socket struct {
	payer // the reader's, which learns the viewer with the greeting

	server *Server
	client auth.Client
	conn   *websocket.Conn
	out    *corked
	end    context.CancelCauseFunc // with a closure

	// The reader's.
	greeted bool          // connection_init came
	denial  error         // why there is no viewer, where a token was sent
	initial *time.Timer   // until connection_init must have come
	expiry  *time.Timer   // until the token expires; nil without one
	unwatch func()        // nothing happens to the viewer any more; nil without one
	places  chan struct{} // has one for each operation that has not ended, and one for the next

	mu         sync.Mutex // of what follows, and of writing messages
	operations map[string]*running
	asked      int  // operations that have one answer, and subscriptions that have not begun yet
	restarting bool // the socket is closed when there is none of them
	pinger     *time.Timer
	tasks      sync.WaitGroup
}

// running is an operation that is being answered.
type running struct {
	cancel context.CancelFunc
}

// closure is why a socket is closed.
type closure struct {
	code   int
	reason string
}

// Error is the reason.
func (c *closure) Error() string { return c.reason }

// serveSocket turns the request into a socket, which outlives it: so what the request needed is let go of.
func (s *Server) serveSocket(w http.ResponseWriter, r *http.Request) {
	client := s.clientOf(r)
	ctx, end := context.WithCancelCause(auth.WithClient(context.WithoutCancel(r.Context()), client))
	k := &socket{
		payer: payer{address: client.Address}, server: s, client: client, out: &corked{buffers: s.heldBuffers}, end: end,
		operations: map[string]*running{}, places: make(chan struct{}, s.config.Limits.Subscriptions+1),
	}
	leave, err := s.streams.enter(k.restart)
	if err != nil {
		end(nil)
		write(w, http.StatusServiceUnavailable, err.Error())
		return
	}
	upgrader := websocket.Upgrader{
		Subprotocols: []string{subprotocol}, CheckOrigin: s.mayAsk, HandshakeTimeout: s.config.Limits.Write,
		ReadBufferSize: smallBuffer, WriteBufferSize: smallBuffer, WriteBufferPool: s.writeBuffers,
	}
	if k.conn, err = upgrader.Upgrade(corking{w, k.out}, r, nil); err != nil { // it has answered
		end(nil)
		leave()
		return
	}
	k.viewer, k.denial = s.viewer(r)
	go func() {
		defer leave()
		k.serve(ctx)
	}()
}

// serve serves the socket until it is closed.
func (k *socket) serve(ctx context.Context) {
	defer k.server.config.Metrics.TrackConnection("websocket")()
	stop := context.AfterFunc(ctx, func() { k.close(context.Cause(ctx)) })
	defer stop()
	k.read(ctx)
	k.end(nil)
	k.rest()
}

// read reads messages until the connection ends.
func (k *socket) read(ctx context.Context) {
	k.conn.SetReadLimit(k.server.config.Limits.AnonymousBody)
	k.conn.SetPongHandler(func(string) error { return k.hears() })
	k.initial = k.closeAfter(k.server.config.Limits.Init, closeInitTimeout, "Connection initialisation timeout")
	k.ping(ctx)
	if k.conn.Subprotocol() != subprotocol {
		k.end(&closure{closeSubprotocol, "Speak " + subprotocol + "."})
	}
	for {
		if ctx.Err() == nil {
			_ = k.hears()
		}
		kind, text, err := k.conn.ReadMessage()
		if err != nil {
			return // gone, or closed by either side
		}
		if ctx.Err() != nil {
			continue // what comes after our close is not read
		}
		if err := k.handle(ctx, kind, text); err != nil {
			k.end(err)
		}
	}
}

// restart sends the peer to another node, once it has the answers that it waits for: a change that is cut off may have been
// made, and would be made again. Its subscriptions go on there.
func (k *socket) restart() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.restarting = true
	k.restartLocked()
}

func (k *socket) restartLocked() {
	if k.restarting && k.asked == 0 {
		k.end(&closure{closeRestart, "The server restarts: connect again."})
	}
}

// answered notes that an operation has its answer, or its subscription.
func (k *socket) answered() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.asked--
	k.restartLocked()
}

// hears notes that the peer is there.
func (k *socket) hears() error {
	return k.conn.SetReadDeadline(time.Now().Add(k.server.config.Limits.Silence)) //nolint:wrapcheck // it never fails
}

// closeAfter closes the socket after a time, unless the timer is stopped.
func (k *socket) closeAfter(d time.Duration, code int, reason string) *time.Timer {
	return time.AfterFunc(d, func() { k.end(&closure{code, reason}) })
}

// ping asks the peer from time to time whether it is there: one question may get lost.
func (k *socket) ping(ctx context.Context) {
	pingEvery := k.server.config.Limits.Silence * 2 / 5
	k.mu.Lock()
	defer k.mu.Unlock()
	k.pinger = time.AfterFunc(pingEvery, func() {
		if ctx.Err() != nil {
			return
		}
		if err := k.conn.WriteControl(websocket.PingMessage, nil, time.Now().Add(k.server.config.Limits.Write)); err != nil {
			k.hangUp()
			return
		}
		k.mu.Lock()
		defer k.mu.Unlock()
		k.pinger.Reset(pingEvery)
	})
}

// close says why, and gives the peer a moment to close, too.
func (k *socket) close(cause error) {
	why := new(closure)
	if !errors.As(cause, &why) { // the request ended: the server's last means
		why = &closure{closeRestart, ""}
	}
	message := websocket.FormatCloseMessage(why.code, short(why.reason))
	_ = k.conn.WriteControl(websocket.CloseMessage, message, time.Now().Add(k.server.config.Limits.Write)) // else it is cut
	_ = k.conn.SetReadDeadline(time.Now().Add(lastWords))
}

// hangUp cuts a connection that cannot be written to.
func (k *socket) hangUp() { _ = k.conn.NetConn().Close() }

// rest ends what the socket has begun, and waits for it.
func (k *socket) rest() {
	k.initial.Stop()
	if k.expiry != nil {
		k.expiry.Stop()
	}
	if k.unwatch != nil {
		k.unwatch()
	}
	k.mu.Lock()
	k.pinger.Stop()
	k.mu.Unlock()
	k.hangUp()
	k.tasks.Wait()
}

// short is as much of a reason as a close frame can carry.
func short(reason string) string {
	const most = 123
	if len(reason) <= most {
		return reason
	}
	reason = reason[:most]
	for !utf8.ValidString(reason) {
		reason = reason[:len(reason)-1]
	}
	return reason
}
