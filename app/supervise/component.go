package supervise

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/thejerf/suture/v4"
)

// Component is a part of a process that can fail, and be started again, by itself.
type Component struct {
	Name string // short, of the process's own making: it is a label of metrics
	// Run does the work until ctx ends. It is called again when it fails, and when a restart is asked for; never twice at once.
	Run func(ctx context.Context) error
	// Front marks what is stopped first, with all others still there for it: what answers requests.
	Front bool
}

// State is what a component does at the moment. The values are those of GraphQL's ComponentState.
type State string

// The states of a component.
const (
	Starting   State = "STARTING"
	Running    State = "RUNNING"
	Restarting State = "RESTARTING"  // somebody asked for it: what runs ends first
	BackingOff State = "BACKING_OFF" // it failed, and is started again
	Stopped    State = "STOPPED"
)

// Status is how a component fares.
type Status struct {
	Name      string
	State     State
	Restarts  int       // how often it was started again, for whatever reason
	Panics    int       // how often it panicked
	LastError string    // why it failed last, without secrets; empty when it never did
	StartedAt time.Time // when it was started last; zero before
}

// errEnded is the error of a component that ends by itself, which none should.
var errEnded = errors.New("it ended, and nobody asked it to")

// component is a Component in the tree, under a supervisor of its own, so that its failures delay nobody else.
type component struct {
	Component

	tree       *Tree
	supervisor *suture.Supervisor
	turn       chan struct{} // has one while it runs: the next one waits until that has ended

	mu     sync.Mutex
	newest *life
	token  suture.ServiceToken // of the newest
	status Status
	err    error // of the end that was asked for last
}

// life is what the supervisor runs of a component, again and again until somebody asks for a restart: then it is another.
type life struct{ *component }

// String is what the supervisor calls it.
func (l *life) String() string { return l.Name }

// Serve runs the component once.
func (l *life) Serve(ctx context.Context) (err error) {
	select {
	case l.turn <- struct{}{}:
		defer func() { <-l.turn }()
	case <-ctx.Done():
	}
	if !l.begin(ctx) {
		return nil
	}
	defer func() {
		panicked := recover()
		if panicked != nil {
			l.failed(fmt.Errorf("panic: %v", panicked), 1)
			panic(panicked) // the supervisor logs it with its stack, and starts the component again
		}
		if ctx.Err() != nil {
			l.ended(err)
			return
		}
		if err == nil {
			err = errEnded
		}
		l.failed(err, 0)
	}()
	return l.Run(ctx)
}

// begin notes that it runs; it is false when it was stopped before that.
func (l *life) begin(ctx context.Context) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if ctx.Err() != nil || l.newest != l {
		l.is(Stopped)
		return false
	}
	if !l.status.StartedAt.IsZero() {
		l.status.Restarts++
	}
	l.is(Running)
	l.status.StartedAt, l.err = l.tree.config.Now(), nil
	return true
}

// is notes the state, unless another life goes on with it. The caller has the lock.
func (l *life) is(state State) {
	if l.newest == l {
		l.status.State = state
	}
}

// ended notes an end that was asked for.
func (l *life) ended(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.is(Stopped)
	if err != nil && !errors.Is(err, context.Canceled) {
		l.err, l.status.LastError = err, l.tree.told(err)
	}
}

// failed notes an end that nobody asked for.
func (l *life) failed(err error, panics int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.is(BackingOff)
	l.status.LastError = l.tree.told(err)
	l.status.Panics += panics
}

// add gives the supervisor a new life of the component. The caller has the lock, if others know of the component.
func (c *component) add() {
	c.newest = &life{c}
	c.token = c.supervisor.Add(c.newest)
}

// restart ends what runs, if anything does, and starts it again at once, also when it would have had to wait.
func (c *component) restart() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.supervisor.Remove(c.token); err != nil {
		return fmt.Errorf("end %s: %w", c.Name, err)
	}
	c.status.State = Restarting
	c.add()
	return nil
}

// stop ends it for good, and waits until it has ended, or patience has. unfinished tells which.
func (c *component) stop() {
	c.mu.Lock()
	err := c.supervisor.Remove(c.token)
	c.mu.Unlock()
	if err != nil { // it was not even started
		return
	}
	patience := time.NewTimer(c.tree.config.Patience)
	defer patience.Stop()
	select {
	case c.turn <- struct{}{}:
		<-c.turn
	case <-patience.C:
	}
}

// unfinished is the error of the end: how it ended, or that it did not.
func (c *component) unfinished() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.status.State == Running || c.status.State == Restarting {
		return fmt.Errorf("%s did not end within %s", c.Name, c.tree.config.Patience)
	}
	return c.err
}

func (c *component) now() Status {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.status
}

// longestError is how many bytes of an error are kept.
const longestError = 500

// told is an error as it can be shown.
func (t *Tree) told(err error) string {
	text := t.config.Redact(err.Error())
	if len(text) <= longestError {
		return text
	}
	end := longestError
	for !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + "…"
}
