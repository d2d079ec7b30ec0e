package store

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// failover follows the primary to another of the hosts in its URL. Connections to the one that was primary are closed,
// those in use, too: a server that hangs would hold them, and their requests, for as long as these may take.
type failover struct {
	config *pgx.ConnConfig // of the connection by which the primary is watched
	reset  func()          // of the pool
	lines  lines
}

// The times of failover. A promotion takes longer.
const (
	primaryEvery    = 500 * time.Millisecond
	primaryPatience = 2 * time.Second // for one look
)

// newFailover makes the pool one of connections that take writes, where its URL has several hosts; nil where it has one.
func newFailover(url string, config *pgxpool.Config) *failover {
	conn := config.ConnConfig
	if !severalHosts(conn) {
		return nil
	}
	if conn.ValidateConnect == nil && !strings.Contains(url, "target_session_attrs") && os.Getenv("PGTARGETSESSIONATTRS") == "" {
		conn.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsReadWrite
	}
	config.MaxConns = max(1, config.MaxConns-1) // one more watches
	f := &failover{lines: lines{open: map[*line]struct{}{}}}
	dial := conn.DialFunc
	conn.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return f.lines.add(c), nil
	}
	f.config = conn.Copy()
	f.config.Tracer = nil // nobody's statements
	return f
}

func severalHosts(config *pgx.ConnConfig) bool {
	return slices.ContainsFunc(config.Fallbacks, func(other *pgconn.FallbackConfig) bool { // which are also the same host without TLS
		return other.Host != config.Host || other.Port != config.Port
	})
}

// run follows the primary until ctx ends.
func (f *failover) run(ctx context.Context, log *slog.Logger) {
	for away := false; ; {
		err := f.watch(ctx, func(host string) {
			if away {
				away = false
				log.WarnContext(ctx, "the primary is there again", "host", host)
			}
		})
		if ctx.Err() != nil {
			return
		}
		if !away {
			away = true
			log.WarnContext(ctx, "the primary is away, or takes no writes: looking for it on all hosts", "error", err)
			f.reset()
			f.lines.close()
		}
		SleepContext(ctx, primaryEvery)
	}
}

// errReadOnly is a primary that is none any more.
var errReadOnly = errors.New("it takes no writes")

// watch looks at the primary until it is none any more.
func (f *failover) watch(ctx context.Context, found func(host string)) error {
	conn, err := pgx.ConnectConfig(ctx, f.config.Copy()) // which bounds the time for each host
	if err != nil {
		return err //nolint:wrapcheck // pgx says what it was doing
	}
	defer func() {
		ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), lookPatience)
		defer cancel()
		_ = conn.Close(ending) // it may be broken
	}()
	found(conn.PgConn().Conn().RemoteAddr().String())
	tick := time.NewTicker(primaryEvery)
	defer tick.Stop()
	for {
		if err := f.look(ctx, conn); err != nil {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

func (f *failover) look(ctx context.Context, conn *pgx.Conn) error {
	ctx, cancel := context.WithTimeout(ctx, primaryPatience)
	defer cancel()
	var readOnly string
	if err := conn.QueryRow(ctx, "SHOW transaction_read_only").Scan(&readOnly); err != nil {
		return Wrap("look at the primary", err)
	}
	if readOnly == "on" {
		return errReadOnly
	}
	return nil
}

// lines are the open connections of a pool, as the network has them.
type lines struct {
	mu   sync.Mutex
	open map[*line]struct{}
}

type line struct {
	net.Conn

	all *lines
}

func (l *lines) add(conn net.Conn) net.Conn {
	l.mu.Lock()
	defer l.mu.Unlock()
	added := &line{conn, l}
	l.open[added] = struct{}{}
	return added
}

// close closes all that are open.
func (l *lines) close() {
	l.mu.Lock()
	open := l.open
	l.open = map[*line]struct{}{}
	l.mu.Unlock()
	for one := range open {
		_ = one.Conn.Close()
	}
}

// Close closes one.
func (l *line) Close() error {
	l.all.mu.Lock()
	delete(l.all.open, l)
	l.all.mu.Unlock()
	return l.Conn.Close() //nolint:wrapcheck // the network's own
}
