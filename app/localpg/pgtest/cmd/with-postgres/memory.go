package main

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// memory is where Linux has a file system in memory. Making and dropping a database is hundreds of files, which a disk's file system
// takes half of the tests' time for.
const memory = "/dev/shm"

// useMemory puts temporary files into a folder in memory, until done removes it. It leaves the choice of a caller who set TMPDIR,
// and does nothing where memory is small. The Go command's own files, which are large, stay where they were.
func useMemory() (done func(), err error) {
	done = func() {}
	if os.Getenv("TMPDIR") != "" || !isRoomy(memory) {
		return done, nil
	}
	removeAbandoned(memory)
	dir, err := os.MkdirTemp(memory, folderPrefix)
	if err != nil {
		return done, nil //nolint:nilerr // then temporary files are where they are anyway
	}
	done = func() { _ = os.RemoveAll(dir) }
	if err := os.Chmod(dir, 0o711); err != nil { //nolint:gosec // PostgreSQL's user goes through it
		return done, fmt.Errorf("open the folder to PostgreSQL: %w", err)
	}
	if os.Getenv("GOTMPDIR") == "" {
		if err := os.Setenv("GOTMPDIR", os.TempDir()); err != nil {
			return done, fmt.Errorf("keep the Go command's files where they are: %w", err)
		}
	}
	if err := os.Setenv("TMPDIR", dir); err != nil {
		return done, fmt.Errorf("set TMPDIR: %w", err)
	}
	return done, nil
}

const folderPrefix = "aisle-run-"

// isRoomy reports whether a file system has room for the files of a run.
func isRoomy(dir string) bool {
	const enough = 2 << 30 // bytes; a run of all tests takes a quarter of it
	var stat syscall.Statfs_t
	if err := syscall.Statfs(dir, &stat); err != nil {
		return false
	}
	return stat.Bavail*uint64(stat.Bsize) >= enough //nolint:gosec // the types differ between systems
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
