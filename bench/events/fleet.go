package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
	"golang.org/x/sync/errgroup"

	"aisle/bench/stage"
	"aisle/store"
)

// fleet is all who follow at a time.
type fleet struct {
	sockets   []*websocket.Conn
	followers []*follower
	received  atomic.Int64 // events, by all
	readers   sync.WaitGroup
}

// follower is a subscription and what it got.
type follower struct {
	subscription

	receipts []receipt // its socket's reader's, until that has ended
}

type receipt struct {
	of store.Position
	at time.Time
}

// follow begins so many subscriptions, alternately those that are given, perSocket on each socket. It returns when
// the server serves all of them.
func (n *node) follow(ctx context.Context, what []subscription, count, perSocket int) (*fleet, error) {
	f := &fleet{}
	for i := range count {
		// A socket has one viewer.
		f.followers = append(f.followers, &follower{subscription: what[i/perSocket%len(what)]})
	}
	f.sockets = make([]*websocket.Conn, (count+perSocket-1)/perSocket)
	group, dialing := errgroup.WithContext(ctx)
	group.SetLimit(16)
	for i := range f.sockets {
		on := f.followers[i*perSocket : min((i+1)*perSocket, count)]
		group.Go(func() (err error) {
			f.sockets[i], err = n.dial(dialing, on)
			if err == nil {
				f.readers.Go(func() { f.read(f.sockets[i], on) })
			}
			return err
		})
	}
	err := group.Wait()
	if err == nil {
		err = stage.Until(ctx, func() bool {
			figures, err := n.Metrics(ctx)
			return err == nil && figures["aisle_graphql_subscriptions"] == float64(count)
		})
	}
	if err != nil {
		f.close()
		return nil, fmt.Errorf("begin %d subscriptions: %w", count, err)
	}
	return f, nil
}

// dial opens a socket and subscribes on it. An id is the place in the list.
func (n *node) dial(ctx context.Context, on []*follower) (*websocket.Conn, error) {
	const small = 4 << 10 // bytes
	dialer := websocket.Dialer{
		Subprotocols: []string{"graphql-transport-ws"}, HandshakeTimeout: stage.Patience, ReadBufferSize: small, WriteBufferSize: small,
	}
	conn, response, err := dialer.DialContext(ctx, "ws://"+n.API+"/graphql", nil)
	if err != nil {
		return nil, fmt.Errorf("open a socket: %w", err)
	}
	_ = response.Body.Close() // it has none
	greeting := map[string]any{"type": "connection_init", "payload": map[string]any{"Authorization": "Bearer " + on[0].token}}
	if err := errors.Join(conn.WriteJSON(greeting), conn.ReadJSON(&map[string]any{})); err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("greet the server: %w", err)
	}
	for i, who := range on {
		err := conn.WriteJSON(map[string]any{
			"id": strconv.Itoa(i), "type": "subscribe",
			"payload": map[string]any{"query": who.document, "variables": who.variables},
		})
		if err != nil {
			_ = conn.Close()
			return nil, fmt.Errorf("subscribe: %w", err)
		}
	}
	return conn, nil
}

// read reads until the socket is closed. What is no event is not counted, and so missed by who waits.
func (f *fleet) read(conn *websocket.Conn, on []*follower) {
	var text bytes.Buffer
	for {
		_, message, err := conn.NextReader()
		if err != nil {
			return
		}
		text.Reset()
		if _, err := text.ReadFrom(message); err != nil {
			return
		}
		at := time.Now()
		who, of, err := eventIn(text.Bytes())
		if err == nil && who < len(on) {
			on[who].receipts = append(on[who].receipts, receipt{of, at})
			f.received.Add(1)
		}
	}
}

// eventIn is which subscription an event is for, and its place in the log. Its other members are not read: this
// process must not take the processor from the one that is measured.
func eventIn(message []byte) (who int, of store.Position, err error) {
	id, rest, _ := bytes.Cut(bytes.TrimPrefix(message, []byte(`{"id":"`)), []byte(`","type":"next",`))
	_, rest, _ = bytes.Cut(rest, []byte(`"cursor":"`))
	cursor, _, found := bytes.Cut(rest, []byte(`"`))
	if !found {
		return 0, of, errors.New("it is no event")
	}
	if who, err = strconv.Atoi(string(id)); err != nil {
		return 0, of, fmt.Errorf("read an event's id: %w", err)
	}
	of, err = store.ParsePosition(string(cursor))
	return who, of, err
}

// wait waits until all have got so many events.
func (f *fleet) wait(ctx context.Context, events int) error {
	want := int64(events) * int64(len(f.followers))
	if err := stage.Until(ctx, func() bool { return f.received.Load() >= want }); err != nil {
		return fmt.Errorf("wait for %d events, of which %d came: %w", want, f.received.Load(), err)
	}
	return nil
}

// close ends all sockets.
func (f *fleet) close() {
	for _, conn := range f.sockets {
		if conn != nil {
			_ = conn.Close()
		}
	}
	f.readers.Wait()
}
