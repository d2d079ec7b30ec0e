package localpg

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	poll        = 10 * time.Millisecond
	overdue     = 3 * signalTimeout // after this time a supervisor has stopped its server
	givingUp    = overdue + 5*time.Second
	startWindow = 500 * time.Millisecond // from the fork of a program to its execution, on a busy machine
)

// takeLock locks the cluster in dir. If a running process has the lock, it returns an error. If the owner died, it waits until the
// other processes of the cluster have ended, and finally kills a server that lost its supervisor.
func takeLock(ctx context.Context, dir string) (*os.File, error) {
	file, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_RDWR|os.O_CREATE, 0o600) //nolint:gosec // the caller names the directory
	if err != nil {
		return nil, fmt.Errorf("open the lock of PostgreSQL: %w", err)
	}
	if err := waitForLock(ctx, file, dir); err != nil {
		_ = file.Close()
		return nil, err
	}
	if err := writeHolder(file); err != nil {
		_ = file.Close()
		return nil, err
	}
	return file, nil
}

func waitForLock(ctx context.Context, file *os.File, dir string) error {
	ctx, cancel := context.WithTimeout(ctx, givingUp)
	defer cancel()
	tick := time.NewTicker(poll)
	defer tick.Stop()
	late := time.After(overdue)
	began := time.Now()
	for {
		err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return nil
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) && !errors.Is(err, syscall.EINTR) {
			return fmt.Errorf("lock the directory of PostgreSQL: %w", err)
		}
		// A program that this process is starting has a copy of a released lock until it runs.
		isReleased := func(pid int) bool { return pid == os.Getpid() && time.Since(began) < startWindow }
		if pid := holder(file); pid != 0 && alive(pid) && !isReleased(pid) {
			return fmt.Errorf("another process (pid %d) runs the PostgreSQL in %s: stop it, or use another directory", pid, dir)
		}
		select {
		case <-tick.C:
		case <-late:
			killLeftover(dir)
		case <-ctx.Done():
			return fmt.Errorf("wait until the PostgreSQL in %s ends, whose owner died: %w", dir, ctx.Err())
		}
	}
}

// writeHolder writes this process's ID into the lock, for the errors of other processes.
func writeHolder(file *os.File) error {
	text := fmt.Sprintf("%d\n", os.Getpid())
	if _, err := file.WriteAt([]byte(text), 0); err != nil {
		return fmt.Errorf("write the lock of PostgreSQL: %w", err)
	}
	if err := file.Truncate(int64(len(text))); err != nil {
		return fmt.Errorf("write the lock of PostgreSQL: %w", err)
	}
	return nil
}

// holder returns the ID of the process that took the lock last, or 0.
func holder(file *os.File) int {
	text := make([]byte, 32)
	n, _ := file.ReadAt(text, 0) // io.EOF always
	return parsePID(string(text[:n]))
}

// parsePID parses the process ID in the first line of a text. It returns 0 if there is none.
func parsePID(text string) int {
	line, _, _ := strings.Cut(text, "\n")
	pid, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil || pid < 0 {
		return 0
	}
	return pid
}

func alive(pid int) bool {
	err := syscall.Kill(pid, 0)
	return err == nil || errors.Is(err, syscall.EPERM)
}

// killLeftover kills a server that runs on the data of dir. Its child processes end by themselves.
func killLeftover(dir string) {
	for _, data := range []string{filepath.Join(dir, dataName), filepath.Join(elsewhere(dir), dataName)} {
		text, err := os.ReadFile(filepath.Join(data, pidName)) //nolint:gosec // the caller names the directory
		if err != nil {
			continue
		}
		// The ID may belong to another program by now.
		if pid := parsePID(string(text)); pid > 0 && strings.Contains(commandLine(pid), data) {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	}
}
