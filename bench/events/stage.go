package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"aisle/app/localpg"
	"aisle/store"
)

// patience is how long things may take to start, to answer and to stop.
const patience = 20 * time.Second

// stage is what servers run on: a PostgreSQL with the demo chain, and a Redis.
type stage struct {
	options     options
	notes       io.Writer
	databaseURL string
	redisURL    string
	secret      string
	looker      *store.Pool // that statements and commits are looked up with
}

// withStage runs f on a stage, which is gone afterwards.
func withStage(ctx context.Context, o options, notes io.Writer, f func(*stage) error) (err error) {
	dir, err := os.MkdirTemp("", "aisle-bench-")
	if err != nil {
		return fmt.Errorf("make a folder: %w", err)
	}
	after, cancel := context.WithTimeout(context.WithoutCancel(ctx), longest+patience)
	defer cancel()
	defer func() { err = errors.Join(err, localpg.Remove(after, dir)) }()
	if err := os.Chmod(dir, 0o711); err != nil { //nolint:gosec // PostgreSQL's user goes through it
		return fmt.Errorf("open the folder to PostgreSQL: %w", err)
	}
	cluster, err := localpg.Start(ctx, localpg.Config{Dir: dir, Durable: true, Settings: map[string]string{
		"shared_preload_libraries": "pg_stat_statements", "track_commit_timestamp": "on",
	}})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, cluster.Stop(after)) }()
	s := &stage{options: o, notes: notes, databaseURL: cluster.URL("postgres"), secret: rand.Text() + rand.Text()}
	stop, err := s.startRedis(ctx, filepath.Join(dir, "redis"))
	if err != nil {
		return err
	}
	defer stop()
	for _, args := range [][]string{{"migrate", "up"}, {"seed", "--stores", strconv.Itoa(o.Stores)}} {
		if out, err := s.aisle(ctx, args...).CombinedOutput(); err != nil {
			return fmt.Errorf("aisle %s: %w: %s", args[0], err, out)
		}
	}
	if s.looker, err = store.Open(ctx, s.databaseURL, store.Options{MaxConns: 1}); err != nil {
		return err
	}
	defer s.looker.Close()
	if _, err := s.looker.Exec(ctx, "CREATE EXTENSION pg_stat_statements"); err != nil {
		return fmt.Errorf("count statements: %w", err)
	}
	return f(s)
}

// startRedis starts a Redis that keeps nothing.
func (s *stage) startRedis(ctx context.Context, dir string) (stop func(), err error) {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make Redis's folder: %w", err)
	}
	socket := filepath.Join(dir, "socket")
	ctx, cancel := context.WithCancel(ctx)
	redis := command(ctx, "redis-server", "--port", "0", "--unixsocket", socket, "--save", "", "--dir", dir)
	if err := redis.Start(); err != nil {
		cancel()
		return nil, fmt.Errorf("start Redis: %w", err)
	}
	stop = func() {
		cancel()
		_ = redis.Wait() // it was told to end
	}
	err = until(ctx, func() bool {
		conn, err := (&net.Dialer{}).DialContext(ctx, "unix", socket)
		if err == nil {
			_ = conn.Close()
		}
		return err == nil
	})
	if err != nil {
		stop()
		return nil, fmt.Errorf("wait for Redis: %w", err)
	}
	s.redisURL = "unix://" + socket
	return stop, nil
}

// aisle is the server's program with the settings of the stage.
func (s *stage) aisle(ctx context.Context, args ...string) *exec.Cmd {
	cmd := command(ctx, s.options.Aisle, args...)
	cmd.Env = append(os.Environ(), "AISLE_DATABASE_URL="+s.databaseURL, "AISLE_REDIS_URL="+s.redisURL, "AISLE_SECRET="+s.secret)
	return cmd
}

// command is a program that is asked to end when ctx ends, and made to when it does not. Ctrl-C reaches it through ctx.
func command(ctx context.Context, program string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, program, args...) //nolint:gosec // the program that is measured, and Redis
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = patience
	return cmd
}

// until waits for a condition.
func until(ctx context.Context, is func() bool) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	again := time.NewTicker(5 * time.Millisecond)
	defer again.Stop()
	for !is() {
		select {
		case <-again.C:
		case <-ctx.Done():
			return ctx.Err() //nolint:wrapcheck // the caller says what was waited for
		}
	}
	return nil
}

// statements is how many statements PostgreSQL has run, but for these.
func (s *stage) statements(ctx context.Context) (n int, err error) {
	const counted = `SELECT sum(calls)::bigint FROM pg_stat_statements WHERE query NOT LIKE '%pg_stat_statements%'`
	if err := s.looker.QueryRow(ctx, counted).Scan(&n); err != nil {
		return 0, fmt.Errorf("count statements: %w", err)
	}
	return n, nil
}

// commits are when transactions were committed, by PostgreSQL's clock, which is the machine's.
func (s *stage) commits(ctx context.Context, xids []int64) (map[int64]time.Time, error) {
	rows, err := s.looker.Query(ctx, `
		SELECT xid, pg_xact_commit_timestamp((xid % (1::bigint << 32))::text::xid) FROM unnest($1::bigint []) AS xid`, xids)
	if err != nil {
		return nil, fmt.Errorf("look commits up: %w", err)
	}
	defer rows.Close()
	found := make(map[int64]time.Time, len(xids))
	for rows.Next() {
		var xid int64
		var at time.Time
		if err := rows.Scan(&xid, &at); err != nil {
			return nil, fmt.Errorf("look commits up: %w", err)
		}
		found[xid] = at
	}
	return found, store.Wrap("look commits up", rows.Err())
}
