package stage

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
	"aisle/store/postgres"
)

// Patience is how long things may take to start, to answer and to stop.
const Patience = 20 * time.Second

// Config says what a stage is like.
type Config struct {
	Aisle    string            // the server's program
	Stores   int               // of the demo chain
	Settings map[string]string // of PostgreSQL
	Longest  time.Duration     // that the stage is needed: tokens are good for as long
	Notes    io.Writer         // is told what servers warn of
}

// Stage is what servers run on.
type Stage struct {
	Looker      *postgres.Pool // that things are looked up and prepared with
	DatabaseURL string
	RedisSocket string
	RedisPID    int

	config Config
	secret string
}

// With runs f on a stage, which is gone afterwards.
func With(ctx context.Context, c Config, f func(*Stage) error) (err error) {
	dir, err := os.MkdirTemp("", "aisle-bench-")
	if err != nil {
		return fmt.Errorf("make a folder: %w", err)
	}
	after, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.Longest+Patience)
	defer cancel()
	defer func() { err = errors.Join(err, localpg.Remove(after, dir)) }()
	if err := os.Chmod(dir, 0o711); err != nil { //nolint:gosec // PostgreSQL's user goes through it
		return fmt.Errorf("open the folder to PostgreSQL: %w", err)
	}
	cluster, err := localpg.Start(ctx, localpg.Config{Dir: dir, Durable: true, Settings: c.Settings})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, cluster.Stop(after)) }()
	s := &Stage{config: c, DatabaseURL: cluster.URL("postgres"), secret: rand.Text() + rand.Text()}
	stop, err := s.startRedis(ctx, filepath.Join(dir, "redis"))
	if err != nil {
		return err
	}
	defer stop()
	for _, args := range [][]string{{"migrate", "up"}, {"seed", "--stores", strconv.Itoa(c.Stores)}} {
		if out, err := s.aisle(ctx, args...).CombinedOutput(); err != nil {
			return fmt.Errorf("aisle %s: %w: %s", args[0], err, out)
		}
	}
	if s.Looker, err = postgres.Open(ctx, s.DatabaseURL, postgres.Options{MaxConns: 1}); err != nil {
		return err
	}
	defer s.Looker.Close()
	return f(s)
}

// startRedis starts a Redis that keeps nothing.
func (s *Stage) startRedis(ctx context.Context, dir string) (stop func(), err error) {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make Redis's folder: %w", err)
	}
	s.RedisSocket = filepath.Join(dir, "socket")
	ctx, cancel := context.WithCancel(ctx)
	redis := Command(ctx, "redis-server", "--port", "0", "--unixsocket", s.RedisSocket, "--save", "", "--dir", dir)
	if err := redis.Start(); err != nil {
		cancel()
		return nil, fmt.Errorf("start Redis: %w", err)
	}
	s.RedisPID = redis.Process.Pid
	stop = func() {
		cancel()
		_ = redis.Wait() // it was told to end
	}
	err = Until(ctx, func() bool {
		conn, err := (&net.Dialer{}).DialContext(ctx, "unix", s.RedisSocket)
		if err == nil {
			_ = conn.Close()
		}
		return err == nil
	})
	if err != nil {
		stop()
		return nil, fmt.Errorf("wait for Redis: %w", err)
	}
	return stop, nil
}

// aisle is the server's program with the settings of the stage.
func (s *Stage) aisle(ctx context.Context, args ...string) *exec.Cmd {
	return s.withSettings(Command(ctx, s.config.Aisle, args...))
}

// withSettings gives a program the settings of the stage.
func (s *Stage) withSettings(cmd *exec.Cmd) *exec.Cmd {
	cmd.Env = append(os.Environ(),
		"AISLE_DATABASE_URL="+s.DatabaseURL, "AISLE_REDIS_URL=unix://"+s.RedisSocket, "AISLE_SECRET="+s.secret)
	return cmd
}

// Command is a program that is asked to end when ctx ends, and made to when it does not. Ctrl-C reaches it through ctx.
func Command(ctx context.Context, program string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, program, args...) //nolint:gosec // the programs that are measured, and Redis
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = Patience
	return cmd
}

// Until waits for a condition.
func Until(ctx context.Context, is func() bool) error {
	ctx, cancel := context.WithTimeout(ctx, Patience)
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

// FlushRedis empties Redis.
func (s *Stage) FlushRedis(ctx context.Context) error {
	conn, err := (&net.Dialer{}).DialContext(ctx, "unix", s.RedisSocket)
	if err != nil {
		return fmt.Errorf("empty Redis: %w", err)
	}
	defer conn.Close() //nolint:errcheck // its answer is read
	if _, err := io.WriteString(conn, "FLUSHALL\r\n"); err != nil {
		return fmt.Errorf("empty Redis: %w", err)
	}
	done := make([]byte, len("+OK\r\n"))
	if _, err := io.ReadFull(conn, done); err != nil || done[0] != '+' {
		return fmt.Errorf("empty Redis: %q, %w", done, err)
	}
	return nil
}
