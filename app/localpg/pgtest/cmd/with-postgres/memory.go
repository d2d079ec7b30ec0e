package main

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// memory is the tmpfs of Linux. Each test database has hundreds of files; on a disk, creating and removing them takes half of the
// time of the tests.
const memory = "/dev/shm"

// useMemory sets TMPDIR to a folder in memory, which done removes. It changes nothing if TMPDIR is set or memory has too little free
// space. The temporary files of the Go command stay on disk, because they are large.
func useMemory() (done func(), err error) {
	done = func() {}
	if os.Getenv("TMPDIR") != "" || !hasSpace(memory) {
		return done, nil
	}
	removeAbandoned(memory)
	dir, err := os.MkdirTemp(memory, folderPrefix)
	if err != nil {
		return done, nil //nolint:nilerr // temporary files stay on disk
	}
	done = func() { _ = os.RemoveAll(dir) }
	if err := os.Chmod(dir, 0o711); err != nil { //nolint:gosec // PostgreSQL's user goes through it
		return done, fmt.Errorf("open the folder to PostgreSQL: %w", err)
	}
	if os.Getenv("GOTMPDIR") == "" {
		if err := os.Setenv("GOTMPDIR", os.TempDir()); err != nil {
			return done, fmt.Errorf("set GOTMPDIR: %w", err)
		}
	}
	if err := os.Setenv("TMPDIR", dir); err != nil {
		return done, fmt.Errorf("set TMPDIR: %w", err)
	}
	return done, nil
}

const folderPrefix = "aisle-run-"

// hasSpace reports whether a file system has enough free space for a run.
func hasSpace(dir string) bool {
	const enough = 2 << 30 // bytes; a run of all tests takes a quarter of it
	var stat syscall.Statfs_t
	if err := syscall.Statfs(dir, &stat); err != nil {
		return false
	}
	return float64(stat.Bavail)*float64(stat.Bsize) >= enough // the types of the fields differ between systems
}

// removeAbandoned removes the folders of runs that were killed.
func removeAbandoned(parent string) {
	dirs, err := filepath.Glob(filepath.Join(parent, folderPrefix+"*"))
	if err != nil {
		return
	}
	const old = 3 * time.Hour // longer than any run
	for _, dir := range dirs {
		if info, err := os.Lstat(dir); err == nil && info.IsDir() && time.Since(info.ModTime()) > old {
			_ = os.RemoveAll(dir)
		}
	}
}
