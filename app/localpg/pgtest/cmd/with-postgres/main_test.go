package main

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"aisle/app/localpg"
)

// inTemporaryFolder sets TMPDIR to a folder that PostgreSQL's user can enter, and returns it.
func inTemporaryFolder(t *testing.T) string {
	t.Helper()
	if _, err := localpg.Find(); err != nil {
		t.Skip("skipped:", err)
	}
	dir := t.TempDir()
	if err := os.Chmod(filepath.Dir(dir), 0o711); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", dir)
	return dir
}

func wantEmpty(t *testing.T, dir string) {
	t.Helper()
	left, err := os.ReadDir(dir)
	if err != nil || len(left) > 0 {
		t.Errorf("the folder has %v, %v", left, err)
	}
}

func TestRunRemovesTheClusterAfterTheCommand(t *testing.T) {
	dir := inTemporaryFolder(t)
	seen := filepath.Join(t.TempDir(), "seen")

	status, err := run([]string{"--", "sh", "-c", `echo "$AISLE_TEST_DATABASE_URL" >"$0"; exit 7`, seen})

	url, readErr := os.ReadFile(seen)
	if status != 7 || err != nil || readErr != nil || !strings.HasPrefix(string(url), "postgres://") {
		t.Errorf("status %d, %v; the command saw %q, %v", status, err, url, readErr)
	}
	wantEmpty(t, dir)
}

func TestRunForwardsSignalsToTheCommand(t *testing.T) {
	dir := inTemporaryFolder(t)

	// The command sends SIGINT to this process, which must forward it.
	status, err := run([]string{"sh", "-c", `kill -INT $PPID; exec sleep 60`})

	if want := 128 + int(syscall.SIGINT); status != want || err != nil {
		t.Errorf("status %d, %v; want %d", status, err, want)
	}
	wantEmpty(t, dir)
}

func TestRunReturnsAnErrorForAnUnknownCommand(t *testing.T) {
	dir := inTemporaryFolder(t)

	_, err := run([]string{"/does/not/exist"})

	if err == nil || !strings.Contains(err.Error(), "/does/not/exist") {
		t.Errorf("got %v", err)
	}
	wantEmpty(t, dir)
}
