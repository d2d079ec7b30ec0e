package pgtest

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Pooled starts a pgbouncer in front of a database, in transaction mode with two connections, and returns its URL.
func Pooled(tb testing.TB, databaseURL string) string {
	tb.Helper()
	database, err := url.Parse(databaseURL)
	if err != nil {
		tb.Fatal(err)
	}
	password, _ := database.User.Password()
	free, err := (&net.ListenConfig{}).Listen(tb.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	address := free.Addr().String()
	if err := free.Close(); err != nil {
		tb.Fatal(err)
	}
	config := fmt.Sprintf(`[databases]
* = host=%s port=%s user=%s password=%s
[pgbouncer]
pool_mode = transaction
auth_type = any
listen_addr = 127.0.0.1
listen_port = %s
unix_socket_dir =
default_pool_size = 2
`, database.Hostname(), database.Port(), database.User.Username(), password, address[strings.LastIndex(address, ":")+1:])
	if os.Geteuid() == 0 {
		config += "user = nobody\n" // it does not run as root
	}
	file := filepath.Join(tb.TempDir(), "pgbouncer.ini")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		tb.Fatal(err)
	}
	start(tb, file, address)
	return (&url.URL{
		Scheme: "postgres", User: url.UserPassword("anybody", "any"), Host: address,
		Path: database.Path, RawQuery: "sslmode=disable&default_query_exec_mode=cache_describe",
	}).String()
}

// start starts pgbouncer and waits until it listens. It stops when the test ends.
func start(tb testing.TB, file, address string) {
	tb.Helper()
	program, err := exec.LookPath("pgbouncer")
	if err != nil {
		program = "/usr/sbin/pgbouncer" // Debian's path, which may not be in PATH
	}
	var log bytes.Buffer
	command := exec.CommandContext(context.WithoutCancel(tb.Context()), program, file) //nolint:gosec // a program of the test
	command.Stderr = &log
	if err := command.Start(); err != nil {
		tb.Fatalf("start pgbouncer (scripts/setup.sh test installs it): %v", err)
	}
	tb.Cleanup(func() {
		_ = command.Process.Kill()
		_ = command.Wait() // it was killed
	})
	const timeout = 10 * time.Second
	for deadline := time.Now().Add(timeout); ; {
		conn, err := (&net.Dialer{}).DialContext(tb.Context(), "tcp", address)
		if err == nil {
			_ = conn.Close()
			return
		}
		if time.Now().After(deadline) {
			tb.Fatalf("pgbouncer does not listen: %v", err)
		}
	}
}
