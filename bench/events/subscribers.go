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

	"aisle/bench/harness"
	"aisle/store"
)

// subscribers are the active subscriptions and their sockets.
type subscribers struct {
	sockets  []*websocket.Conn
	list     []*subscriber
	received atomic.Int64 // events of all subscribers
	readers  sync.WaitGroup
}

// subscriber is a subscription and the events that it received.
type subscriber struct {
	subscription

	deliveries []delivery // owned by the socket's reader until it ends
}

type delivery struct {
	position store.Position
	at       time.Time
}

// subscribe starts count subscriptions, which take turns of the given ones, with perSocket subscriptions on each socket. It
// returns when the server has started all of them.
func (n *node) subscribe(ctx context.Context, what []subscription, count, perSocket int) (*subscribers, error) {
	f := &subscribers{}
	for i := range count {
		// All subscriptions of a socket have the same viewer.
		f.list = append(f.list, &subscriber{subscription: what[i/perSocket%len(what)]})
	}
	f.sockets = make([]*websocket.Conn, (count+perSocket-1)/perSocket)
	group, dialing := errgroup.WithContext(ctx)
	group.SetLimit(16)
	for i := range f.sockets {
		on := f.list[i*perSocket : min((i+1)*perSocket, count)]
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
		err = harness.WaitUntil(ctx, func() bool {
			metrics, err := n.Metrics(ctx)
			return err == nil && metrics["aisle_graphql_subscriptions"] == float64(count)
		})
	}
	if err != nil {
		f.close()
		return nil, fmt.Errorf("start %d subscriptions: %w", count, err)
	}
	return f, nil
}

// dial opens a socket and subscribes. The id of a subscription is its index in on.
func (n *node) dial(ctx context.Context, on []*subscriber) (*websocket.Conn, error) {
	const small = 4 << 10 // bytes
	dialer := websocket.Dialer{
		Subprotocols: []string{"graphql-transport-ws"}, HandshakeTimeout: harness.WaitTimeout, ReadBufferSize: small, WriteBufferSize: small,
	}
	conn, response, err := dialer.DialContext(ctx, "ws://"+n.API+"/graphql", nil)
	if err != nil {
		return nil, fmt.Errorf("open a socket: %w", err)
	}
	_ = response.Body.Close() // empty
	connectionInit := map[string]any{"type": "connection_init", "payload": map[string]any{"Authorization": "Bearer " + on[0].token}}
	if err := errors.Join(conn.WriteJSON(connectionInit), conn.ReadJSON(&map[string]any{})); err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("initialise the connection: %w", err)
	}
	for i, s := range on {
		err := conn.WriteJSON(map[string]any{
			"id": strconv.Itoa(i), "type": "subscribe",
			"payload": map[string]any{"query": s.document, "variables": s.variables},
		})
		if err != nil {
			_ = conn.Close()
			return nil, fmt.Errorf("subscribe: %w", err)
		}
	}
	return conn, nil
}

// read reads messages until the socket is closed. It counts only events, so that wait notices missing ones.
func (f *subscribers) read(conn *websocket.Conn, on []*subscriber) {
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
		index, position, err := parseEvent(text.Bytes())
		if err == nil && index < len(on) {
			on[index].deliveries = append(on[index].deliveries, delivery{position, at})
			f.received.Add(1)
		}
	}
}

// parseEvent returns the index of the subscription and the position of an event. It does not decode the JSON, to leave the
// CPU to the server.
func parseEvent(message []byte) (index int, position store.Position, err error) {
	id, rest, _ := bytes.Cut(bytes.TrimPrefix(message, []byte(`{"id":"`)), []byte(`","type":"next",`))
	_, rest, _ = bytes.Cut(rest, []byte(`"cursor":"`))
	cursor, _, found := bytes.Cut(rest, []byte(`"`))
	if !found {
		return 0, position, errors.New("the message is not an event")
	}
	if index, err = strconv.Atoi(string(id)); err != nil {
		return 0, position, fmt.Errorf("read an event's id: %w", err)
	}
	position, err = store.ParsePosition(string(cursor))
	return index, position, err
}

// wait waits until all subscribers have received so many events.
func (f *subscribers) wait(ctx context.Context, events int) error {
	want := int64(events) * int64(len(f.list))
	if err := harness.WaitUntil(ctx, func() bool { return f.received.Load() >= want }); err != nil {
		return fmt.Errorf("wait for %d events, %d received: %w", want, f.received.Load(), err)
	}
	return nil
}

// close closes all sockets and waits for their readers.
func (f *subscribers) close() {
	for _, conn := range f.sockets {
		if conn != nil {
			_ = conn.Close()
		}
	}
	f.readers.Wait()
}
