package pgtest

import (
	"context"
	"fmt"
	"maps"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"aisle/app/localpg"
	"aisle/store/postgres"
)

// A Server is a PostgreSQL server for one test, a primary or a streaming replica. A test can kill, freeze and promote it. Its address
// stays the same after a restart.
type Server struct {
	config  localpg.Config
	cluster *localpg.Cluster // nil if it is stopped
	frozen  []int            // suspended processes
}

// NewServer starts a primary with a migrated database. It stops when the test ends. Committed transactions survive a kill. Settings
// are added to postgresql.conf.
func NewServer(tb testing.TB, settings map[string]string) *Server {
	tb.Helper()
	all := map[string]string{
		"wal_level": "replica", "max_wal_senders": "5", "synchronous_commit": "on", "full_page_writes": "on", "shared_buffers": "32MB",
	}
	maps.Copy(all, settings)
	s := launch(tb, localpg.Config{Settings: all})
	if _, err := postgres.MigrateUp(tb.Context(), s.URL(tb)); err != nil {
		tb.Fatal(err)
	}
	return s
}

// Replica starts a replica of the server. It stops when the test ends.
func (s *Server) Replica(tb testing.TB) *Server {
	tb.Helper()
	return launch(tb, localpg.Config{Settings: s.config.Settings, PrimaryURL: s.URL(tb)})
}

func launch(tb testing.TB, config localpg.Config) *Server {
	tb.Helper()
	dir, err := os.MkdirTemp("", prefix) //nolint:usetesting // PostgreSQL's user could not enter it
	if err != nil {
		tb.Fatal(err)
	}
	if err := os.Chmod(dir, 0o711); err != nil { //nolint:gosec // PostgreSQL's user goes through it
		tb.Fatal(err)
	}
	config.Dir, config.Port = dir, freePort(tb)
	s := &Server{config: config}
	tb.Cleanup(func() {
		s.Thaw(tb)
		s.stop(tb)
		if err := localpg.Remove(context.Background(), dir); err != nil {
			tb.Error(err)
		}
	})
	s.Start(tb)
	return s
}

func freePort(tb testing.TB) int {
	tb.Helper()
	free, err := (&net.ListenConfig{}).Listen(tb.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	defer free.Close() //nolint:errcheck // nothing was accepted
	_, port, _ := net.SplitHostPort(free.Addr().String())
	n, err := strconv.Atoi(port)
	if err != nil {
		tb.Fatal(err)
	}
	return n
}

// Start starts the server again after Kill.
func (s *Server) Start(tb testing.TB) {
	tb.Helper()
	cluster, err := localpg.Start(tb.Context(), s.config)
	if err != nil {
		tb.Fatal(err)
	}
	s.cluster = cluster
}

func (s *Server) stop(tb testing.TB) {
	tb.Helper()
	if s.cluster == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := s.cluster.Stop(ctx); err != nil {
		tb.Error(err)
	}
	s.cluster = nil
}

// URL returns the URL of the database over TCP, as superuser.
func (s *Server) URL(tb testing.TB) string {
	tb.Helper()
	u, err := url.Parse(s.cluster.URL("postgres"))
	if err != nil {
		tb.Fatal(err)
	}
	u.RawQuery = "sslmode=disable"
	return u.String()
}

// Name returns host:port of the server.
func (s *Server) Name() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(s.config.Port)) }

// Exec runs a statement on the server.
func (s *Server) Exec(tb testing.TB, sql string) {
	tb.Helper()
	conn, err := pgx.Connect(tb.Context(), s.URL(tb))
	if err != nil {
		tb.Fatal(err)
	}
	defer conn.Close(tb.Context()) //nolint:errcheck // the statement succeeded or failed before
	if _, err := conn.Exec(tb.Context(), sql); err != nil {
		tb.Fatalf("%s: %v", sql, err)
	}
}

// Promote promotes the replica and waits until it is a primary.
func (s *Server) Promote(tb testing.TB) {
	tb.Helper()
	s.Exec(tb, "SELECT pg_promote(true, 60)")
}

// Kill kills the postmaster; the other processes end by themselves.
func (s *Server) Kill(tb testing.TB) {
	tb.Helper()
	if err := syscall.Kill(s.pid(tb), syscall.SIGKILL); err != nil {
		tb.Fatal(err)
	}
	s.stop(tb)
}

// Freeze suspends all processes of the server: connections stay open but get no responses.
func (s *Server) Freeze(tb testing.TB) {
	tb.Helper()
	server := s.pid(tb)
	s.frozen = []int{server}
	if err := syscall.Kill(server, syscall.SIGSTOP); err != nil { // so that it starts no more processes
		tb.Fatal(err)
	}
	for _, pid := range children(tb, server) {
		if err := syscall.Kill(pid, syscall.SIGSTOP); err == nil { // otherwise it has just ended
			s.frozen = append(s.frozen, pid)
		}
	}
}

// Thaw resumes a frozen server.
func (s *Server) Thaw(tb testing.TB) {
	tb.Helper()
	for _, pid := range slices.Backward(s.frozen) {
		_ = syscall.Kill(pid, syscall.SIGCONT)
	}
	s.frozen = nil
}

func (s *Server) pid(tb testing.TB) int {
	tb.Helper()
	pid, err := s.cluster.PID()
	if err != nil {
		tb.Fatal(err)
	}
	return pid
}

// children returns the child processes of a process.
func children(tb testing.TB, parent int) (pids []int) {
	tb.Helper()
	text, err := exec.CommandContext(tb.Context(), "ps", "-A", "-o", "ppid=,pid=").Output()
	if err != nil {
		tb.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		var of, pid int
		if _, err := fmt.Sscan(line, &of, &pid); err == nil && of == parent {
			pids = append(pids, pid)
		}
	}
	return pids
}

// Log returns the log of the server.
func (s *Server) Log(tb testing.TB) string {
	tb.Helper()
	text, err := os.ReadFile(filepath.Join(s.config.Dir, "postgres.log"))
	if err != nil {
		tb.Fatal(err)
	}
	return string(text)
}
