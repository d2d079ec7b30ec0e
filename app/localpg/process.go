package localpg

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"time"
)

//go:embed supervise.sh
var supervisor string

// signalTimeout is the time after which the next, stronger signal is sent.
const signalTimeout = 2 * time.Second

// process is a program of PostgreSQL and its supervisor.
type process struct {
	signals *os.File      // to the supervisor, a line each; closing it stops the program
	done    chan struct{} // closed when the program, its children and the supervisor have ended
	err     error         // result; valid after done
}

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

// wait returns when all processes of the cluster have ended: each of them inherits the pipe.
func (p *process) wait(cmd *exec.Cmd, life *os.File) {
	_, _ = io.Copy(io.Discard, life)
	_ = life.Close()
	p.err = cmd.Wait()
	close(p.done)
}

// stop asks the program to end. When ctx ends, which may be before, it is told to, and at last killed.
func (p *process) stop(ctx context.Context) error {
	defer p.release()
	p.signal("INT")
	select {
	case <-p.done:
		return nil
	case <-ctx.Done():
	}
	for _, signal := range []string{"QUIT", "KILL"} {
		p.signal(signal)
		select {
		case <-p.done:
			return nil
		case <-time.After(signalTimeout):
		}
	}
	return errors.New("a process of PostgreSQL does not stop")
}

// signal sends a signal through the supervisor, which may have ended.
func (p *process) signal(signal string) { _, _ = p.signals.WriteString(signal + "\n") }

func (p *process) release() { _ = p.signals.Close() }

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
