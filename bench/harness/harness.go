package harness

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

// WaitTimeout is the time limit for starting, for a response and for stopping.
const WaitTimeout = 20 * time.Second

// Config configures a Harness.
type Config struct {
	Aisle       string            // path of the server program
	Stores      int               // number of stores of the demo chain
	Settings    map[string]string // of postgresql.conf
	MaxDuration time.Duration     // of the benchmark; access tokens are valid that long
	Warnings    io.Writer         // receives warnings and errors of the server's log
}

// Harness has the addresses of the running servers.
type Harness struct {
	AdminPool   *postgres.Pool // for preparing and reading data
	DatabaseURL string
	RedisSocket string
	RedisPID    int

	config Config
	secret string
}

// Run starts a harness, calls f and stops the harness.
func Run(ctx context.Context, c Config, f func(*Harness) error) (err error) {
	dir, err := os.MkdirTemp("", "aisle-bench-")
	if err != nil {
		return fmt.Errorf("create a directory: %w", err)
	}
	after, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.MaxDuration+WaitTimeout)
	defer cancel()
	defer func() { err = errors.Join(err, localpg.Remove(after, dir)) }()
	if err := os.Chmod(dir, 0o711); err != nil { //nolint:gosec // PostgreSQL's user goes through it
		return fmt.Errorf("allow PostgreSQL to use the directory: %w", err)
	}
	cluster, err := localpg.Start(ctx, localpg.Config{Dir: dir, Durable: true, Settings: c.Settings})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, cluster.Stop(after)) }()
	s := &Harness{config: c, DatabaseURL: cluster.URL("postgres"), secret: rand.Text() + rand.Text()}
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
	if s.AdminPool, err = postgres.Open(ctx, s.DatabaseURL, postgres.Options{MaxConns: 1}); err != nil {
		return err
	}
	defer s.AdminPool.Close()
	return f(s)
}

// startRedis starts a Redis without persistence.
func (s *Harness) startRedis(ctx context.Context, dir string) (stop func(), err error) {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, fmt.Errorf("create Redis's directory: %w", err)
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
		_ = redis.Wait() // ended by cancel
	}
	err = WaitUntil(ctx, func() bool {
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

// aisle returns a command of the server program with the settings of the harness.
func (s *Harness) aisle(ctx context.Context, args ...string) *exec.Cmd {
	return s.withSettings(Command(ctx, s.config.Aisle, args...))
}

// withSettings adds the harness's settings to the environment of a command.
func (s *Harness) withSettings(cmd *exec.Cmd) *exec.Cmd {
	cmd.Env = append(os.Environ(),
		"AISLE_DATABASE_URL="+s.DatabaseURL, "AISLE_REDIS_URL=unix://"+s.RedisSocket, "AISLE_SECRET="+s.secret)
	return cmd
}

// Command returns a command that receives SIGTERM when ctx ends, and SIGKILL if it has not ended after WaitTimeout. It runs
// in a process group of its own, so that Ctrl-C reaches it only through ctx.
func Command(ctx context.Context, program string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, program, args...) //nolint:gosec // the programs that are measured, and Redis
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = WaitTimeout
	return cmd
}

// WaitUntil polls until is returns true. It returns an error after WaitTimeout or when ctx ends.
func WaitUntil(ctx context.Context, is func() bool) error {
	ctx, cancel := context.WithTimeout(ctx, WaitTimeout)
	defer cancel()
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	for !is() {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return ctx.Err() //nolint:wrapcheck // the caller adds what it waited for
		}
	}
	return nil
}

// FlushRedis deletes all keys of Redis.
func (s *Harness) FlushRedis(ctx context.Context) error {
	conn, err := (&net.Dialer{}).DialContext(ctx, "unix", s.RedisSocket)
	if err != nil {
		return fmt.Errorf("flush Redis: %w", err)
	}
	defer conn.Close() //nolint:errcheck // its answer is read
	if _, err := io.WriteString(conn, "FLUSHALL\r\n"); err != nil {
		return fmt.Errorf("flush Redis: %w", err)
	}
	done := make([]byte, len("+OK\r\n"))
	if _, err := io.ReadFull(conn, done); err != nil || done[0] != '+' {
		return fmt.Errorf("flush Redis: response %q: %w", done, err)
	}
	return nil
}
