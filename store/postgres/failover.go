package postgres

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"aisle/store"
)

// A failover follows the primary to another host of its URL. When the primary fails it closes all connections of the pool,
// those in use, too: a server that hangs would hold them, and their requests, until they time out.
type failover struct {
	config *pgx.ConnConfig // of the connection that checks the primary
	reset  func()          // of the pool
	conns  trackedConns
}

// A promotion takes longer than these.
const (
	primaryCheckInterval = 500 * time.Millisecond
	primaryCheckTimeout  = 2 * time.Second
	closeTimeout         = 500 * time.Millisecond
)

// newFailover makes a pool's connections go to the host that takes writes. It returns nil if the URL has one host.
func newFailover(url string, config *pgxpool.Config) *failover {
	conn := config.ConnConfig
	if !HasSeveralHosts(conn) {
		return nil
	}
	if conn.ValidateConnect == nil && !strings.Contains(url, "target_session_attrs") && os.Getenv("PGTARGETSESSIONATTRS") == "" {
		conn.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsReadWrite
	}
	config.MaxConns = max(1, config.MaxConns-1) // one more checks the primary
	f := &failover{}
	conn.DialFunc = f.conns.track(conn.DialFunc)
	f.config = conn.Copy()
	f.config.Tracer = nil // checks are not statements of an operation
	return f
}

func (f *failover) run(ctx context.Context, log *slog.Logger) {
	for isDown := false; ; {
		err := f.watch(ctx, func(host string) {
			if isDown {
				isDown = false
				log.WarnContext(ctx, "primary found", "host", host)
			}
		})
		if ctx.Err() != nil {
			return
		}
		if !isDown {
			isDown = true
			log.WarnContext(ctx, "primary lost: trying all hosts", "error", err)
			f.reset()
			f.conns.closeAll()
		}
		store.SleepContext(ctx, primaryCheckInterval)
	}
}

var errReadOnly = errors.New("the server takes no writes")

// watch connects to the primary and checks it until a check fails.
func (f *failover) watch(ctx context.Context, onConnect func(host string)) error {
	conn, err := pgx.ConnectConfig(ctx, f.config.Copy()) // it has a timeout for each host
	if err != nil {
		return err //nolint:wrapcheck // pgx says what it was doing
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTimeout)
		defer cancel()
		_ = conn.Close(ctx) // it may be broken
	}()
	onConnect(conn.PgConn().Conn().RemoteAddr().String())
	tick := time.NewTicker(primaryCheckInterval)
	defer tick.Stop()
	for {
		if err := checkWritable(ctx, conn); err != nil {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

func checkWritable(ctx context.Context, conn *pgx.Conn) error {
	ctx, cancel := context.WithTimeout(ctx, primaryCheckTimeout)
	defer cancel()
	var readOnly string
	if err := conn.QueryRow(ctx, "SHOW transaction_read_only").Scan(&readOnly); err != nil {
		return fmt.Errorf("check the primary: %w", err)
	}
	if readOnly == "on" {
		return errReadOnly
	}
	return nil
}
