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

// Server is a PostgreSQL of a test's own, at an address that stays: a primary, or a replica by streaming replication. It may
// be killed, frozen and promoted.
type Server struct {
	config  localpg.Config
	cluster *localpg.Cluster // nil while it does not run
	frozen  []int            // its processes
}

// NewServer starts a primary with a migrated database until the test ends. It keeps what it has committed when its
// processes are killed. Settings are more of postgresql.conf's.
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

// Replica starts a replica of the server until the test ends.
func (s *Server) Replica(tb testing.TB) *Server {
	tb.Helper()
	return launch(tb, localpg.Config{Settings: s.config.Settings, PrimaryURL: s.URL(tb)})
}

func launch(tb testing.TB, config localpg.Config) *Server {
	tb.Helper()
	dir, err := os.MkdirTemp("", prefix) //nolint:usetesting // nobody else can enter the folders that it makes
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

// URL leads to the server's database over TCP, as its superuser.
func (s *Server) URL(tb testing.TB) string {
	tb.Helper()
	u, err := url.Parse(s.cluster.URL("postgres"))
	if err != nil {
		tb.Fatal(err)
	}
	u.RawQuery = "sslmode=disable"
	return u.String()
}

// Name is the server's host:port.
func (s *Server) Name() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(s.config.Port)) }

// Exec runs a statement on the server.
func (s *Server) Exec(tb testing.TB, sql string) {
	tb.Helper()
	conn, err := pgx.Connect(tb.Context(), s.URL(tb))
	if err != nil {
		tb.Fatal(err)
	}
	defer conn.Close(tb.Context()) //nolint:errcheck // nothing is left to say
	if _, err := conn.Exec(tb.Context(), sql); err != nil {
		tb.Fatalf("%s: %v", sql, err)
	}
}

// Promote makes the replica a primary, and waits until it is one.
func (s *Server) Promote(tb testing.TB) {
	tb.Helper()
	s.Exec(tb, "SELECT pg_promote(true, 60)")
}

// Kill kills the server; its processes follow it.
func (s *Server) Kill(tb testing.TB) {
	tb.Helper()
	if err := syscall.Kill(s.pid(tb), syscall.SIGKILL); err != nil {
		tb.Fatal(err)
	}
	s.stop(tb)
}

// Freeze stops all of the server's processes where they are: connections stay open, and nothing is answered.
func (s *Server) Freeze(tb testing.TB) {
	tb.Helper()
	server := s.pid(tb)
	s.frozen = []int{server}
	if err := syscall.Kill(server, syscall.SIGSTOP); err != nil { // it starts no more
		tb.Fatal(err)
	}
	for _, pid := range children(tb, server) {
		if err := syscall.Kill(pid, syscall.SIGSTOP); err == nil { // else it has just ended
			s.frozen = append(s.frozen, pid)
		}
	}
}

// Thaw lets a frozen server go on.
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

// children are the processes that a process has started.
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

// Log is what the server has logged.
func (s *Server) Log(tb testing.TB) string {
	tb.Helper()
	text, err := os.ReadFile(filepath.Join(s.config.Dir, "postgres.log"))
	if err != nil {
		tb.Fatal(err)
	}
	return string(text)
}
