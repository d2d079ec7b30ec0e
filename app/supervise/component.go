package supervise

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/thejerf/suture/v4"
)

// State is the state of a component. The values are those of GraphQL's ComponentState.
type State string

// The states of a component.
const (
	Starting   State = "STARTING"
	Running    State = "RUNNING"
	Restarting State = "RESTARTING"  // on request: the current run is stopping
	BackingOff State = "BACKING_OFF" // it failed and will be restarted
	Stopped    State = "STOPPED"
)

// Status is the status of a component.
type Status struct {
	Name      string
	State     State
	Restarts  int // for any reason
	Panics    int
	LastError string    // last failure, redacted; empty if it never failed
	StartedAt time.Time // last start; zero before the first
}

// errExited is the error of a component that returns without being stopped.
var errExited = errors.New("component exited unexpectedly")

// component is a Component with its own supervisor, so that its failures do not delay the others.
type component struct {
	Component

	config     *Config
	supervisor *suture.Supervisor
	running    chan struct{} // a semaphore: a new run waits until the current one has ended

	mu      sync.Mutex
	current *run
	token   suture.ServiceToken // of current
	status  Status
	stopErr error // of the last stop
}

// run is a service of the supervisor that runs the component. A restart replaces it by a new one.
type run struct{ *component }

// String returns the name for the supervisor.
func (r *run) String() string { return r.Name }

// Serve runs the component once.
func (r *run) Serve(ctx context.Context) (err error) {
	select {
	case r.running <- struct{}{}:
		defer func() { <-r.running }()
	case <-ctx.Done():
	}
	if !r.recordStart(ctx) {
		return nil
	}
	defer func() {
		panicked := recover()
		if panicked != nil {
			r.recordFailure(fmt.Errorf("panic: %v", panicked), 1)
			panic(panicked) // the supervisor logs it with its stack and restarts the component
		}
		if ctx.Err() != nil {
			r.recordStop(err)
			return
		}
		if err == nil {
			err = errExited
		}
		r.recordFailure(err, 0)
	}()
	return r.Run(ctx)
}

// recordStart records a start. It returns false if the component was stopped before.
func (r *run) recordStart(ctx context.Context) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if ctx.Err() != nil || r.current != r {
		r.setState(Stopped)
		return false
	}
	if !r.status.StartedAt.IsZero() {
		r.status.Restarts++
	}
	r.setState(Running)
	r.status.StartedAt, r.stopErr = r.config.Now(), nil
	return true
}

// setState sets the state, unless another run has replaced this one. The caller must hold the lock.
func (r *run) setState(state State) {
	if r.current == r {
		r.status.State = state
	}
}

// recordStop records a stop on request.
func (r *run) recordStop(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.setState(Stopped)
	if err != nil && !errors.Is(err, context.Canceled) {
		r.stopErr, r.status.LastError = err, r.config.errorText(err)
	}
}

// recordFailure records a failure.
func (r *run) recordFailure(err error, panics int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.setState(BackingOff)
	r.status.LastError = r.config.errorText(err)
	r.status.Panics += panics
}

// addRun adds a new run to the supervisor. The caller must hold the lock if the component is shared.
func (c *component) addRun() {
	c.current = &run{c}
	c.token = c.supervisor.Add(c.current)
}

// restart stops the current run and starts a new one at once, without waiting for the backoff.
func (c *component) restart() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.supervisor.Remove(c.token); err != nil {
		return fmt.Errorf("stop %s: %w", c.Name, err)
	}
	c.status.State = Restarting
	c.addRun()
	return nil
}

// stop stops the component and waits until it has ended or the timeout passes. stopError reports the result.
func (c *component) stop() {
	c.mu.Lock()
	err := c.supervisor.Remove(c.token)
	c.mu.Unlock()
	if err != nil { // it was not started
		return
	}
	timeout := time.NewTimer(c.config.StopTimeout)
	defer timeout.Stop()
	select {
	case c.running <- struct{}{}:
		<-c.running
	case <-timeout.C:
	}
}

// stopError returns the error of stopping, also if the component did not stop in time.
func (c *component) stopError() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.status.State == Running || c.status.State == Restarting {
		return fmt.Errorf("component %s did not stop within %s", c.Name, c.config.StopTimeout)
	}
	return c.stopErr
}

func (c *component) snapshot() Status {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.status
}
