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
	poll     = 10 * time.Millisecond
	overdue  = 3 * signalTimeout // by then a supervisor has ended its server
	givingUp = overdue + 5*time.Second
)

// takeLock locks the cluster in dir. The lock is a process's that lives: then that is the error. Or its owner died
// and the rest is about to end: then it waits for that, and in the end kills a server that lost its supervisor.
func takeLock(ctx context.Context, dir string) (*os.File, error) {
	file, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_RDWR|os.O_CREATE, 0o600) //nolint:gosec // the caller says where
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
	for {
		err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return nil
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) && !errors.Is(err, syscall.EINTR) {
			return fmt.Errorf("lock PostgreSQL's folder: %w", err)
		}
		if pid := holder(file); pid != 0 && alive(pid) {
			return fmt.Errorf("the PostgreSQL in %s is run by another process (pid %d): stop that, or use another folder", dir, pid)
		}
		select {
		case <-tick.C:
		case <-late:
			killLeftover(dir)
		case <-ctx.Done():
			return fmt.Errorf("wait for the end of a PostgreSQL in %s whose owner died: %w", dir, ctx.Err())
		}
	}
}

// writeHolder leaves this process's id in the lock, for others to name.
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

// holder is the id of the process that had the lock last, or 0.
func holder(file *os.File) int {
	text := make([]byte, 32)
	n, _ := file.ReadAt(text, 0) // io.EOF always
	return firstLine(string(text[:n]))
}

// firstLine reads a process id, 0 when there is none.
func firstLine(text string) int {
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

// killLeftover kills the server that runs on dir's data, if one does. Its children end with it.
func killLeftover(dir string) {
	for _, data := range []string{filepath.Join(dir, dataName), filepath.Join(elsewhere(dir), dataName)} {
		text, err := os.ReadFile(filepath.Join(data, pidName)) //nolint:gosec // the caller says where
		if err != nil {
			continue
		}
		// Another program may have got the number since.
		if pid := firstLine(string(text)); pid > 0 && strings.Contains(commandLine(pid), data) {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	}
}
