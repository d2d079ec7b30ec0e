package localpg

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"time"
)

// signalTimeout is the time after which the next, stronger signal is sent.
const signalTimeout = 2 * time.Second

// process is a program of PostgreSQL and its supervisor.
type process struct {
	signals *os.File      // to the supervisor, a line each; closing it stops the program
	done    chan struct{} // closed when the program, its children and the supervisor have ended
	err     error         // result; valid after done
}

// wait returns when all processes of the cluster have ended: each of them inherits the pipe.
func (p *process) wait(cmd *exec.Cmd, life *os.File) {
	_, _ = io.Copy(io.Discard, life)
	_ = life.Close()
	p.err = cmd.Wait()
	close(p.done)
}

// stop sends SIGINT and waits. When ctx has ended, it sends SIGQUIT and then SIGKILL.
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
