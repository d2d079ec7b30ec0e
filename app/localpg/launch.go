package localpg

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
)

//go:embed supervise.sh
var supervisor string

// launch starts a program as the cluster's account under the supervisor. It also returns the offset at which its log begins.
func (c *Cluster) launch(ctx context.Context, args []string) (_ *process, logged int64, err error) {
	log, err := os.OpenFile(c.files.log(), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, 0, fmt.Errorf("open PostgreSQL's log: %w", err)
	}
	defer log.Close() //nolint:errcheck // the program writes it
	if info, err := log.Stat(); err == nil {
		logged = info.Size()
	}
	p, err := c.supervise(ctx, log, args)
	if err != nil {
		return nil, 0, fmt.Errorf("start a program of PostgreSQL: %w", err)
	}
	return p, logged, nil
}

func (c *Cluster) supervise(ctx context.Context, log *os.File, args []string) (*process, error) {
	stdin, orders, err := os.Pipe()
	if err != nil {
		return nil, err //nolint:wrapcheck // launch wraps it
	}
	defer stdin.Close() //nolint:errcheck // the supervisor reads it
	life, living, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(err, orders.Close())
	}
	defer living.Close() //nolint:errcheck // nothing is written to it

	seconds := signalTimeout.Seconds()
	args = append([]string{"-c", supervisor, "sh", strconv.Itoa(int(seconds * 10))}, args...)
	// The supervisor's pipe stops it gracefully, not the context.
	cmd := exec.CommandContext(context.WithoutCancel(ctx), "/bin/sh", args...) //nolint:gosec // the script is a constant
	cmd.Stdin, cmd.Stdout, cmd.Stderr = stdin, log, log
	cmd.ExtraFiles = []*os.File{c.lock, living}
	cmd.Dir = c.files.home
	cmd.Env = environment()
	cmd.SysProcAttr = c.account.sysProcAttr()
	if err := cmd.Start(); err != nil {
		return nil, errors.Join(err, orders.Close(), life.Close())
	}
	p := &process{signals: orders, done: make(chan struct{})}
	go p.wait(cmd, life)
	return p, nil
}

// environment returns a minimal environment, without the secrets of this process. Messages are in English, because startOn
// searches them.
func environment() []string {
	list := []string{"LC_ALL=C"}
	for _, name := range []string{"PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"} {
		if value, ok := os.LookupEnv(name); ok {
			list = append(list, name+"="+value)
		}
	}
	return list
}
