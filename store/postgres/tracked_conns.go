package postgres

import (
	"context"
	"net"
	"sync"

	"github.com/jackc/pgx/v5/pgconn"
)

// trackedConns are the open network connections of a pool. The zero value is ready for use.
type trackedConns struct {
	mu   sync.Mutex
	open map[*trackedConn]struct{}
}

type trackedConn struct {
	net.Conn

	all *trackedConns
}

// track returns a dial function whose connections are tracked.
func (t *trackedConns) track(dial pgconn.DialFunc) pgconn.DialFunc {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return t.add(conn), nil
	}
}

func (t *trackedConns) add(conn net.Conn) net.Conn {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.open == nil {
		t.open = map[*trackedConn]struct{}{}
	}
	added := &trackedConn{conn, t}
	t.open[added] = struct{}{}
	return added
}

func (t *trackedConns) closeAll() {
	t.mu.Lock()
	open := t.open
	t.open = nil
	t.mu.Unlock()
	for conn := range open {
		_ = conn.Conn.Close()
	}
}

// Close closes the connection.
func (c *trackedConn) Close() error {
	c.all.mu.Lock()
	delete(c.all.open, c)
	c.all.mu.Unlock()
	return c.Conn.Close() //nolint:wrapcheck // the network's error
}
