// Package supervise runs the components of a process. It restarts a component that fails without affecting the others, and
// reports the status of each.
package supervise

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/thejerf/suture/v4"
)

// A Tree runs components, each under its own supervisor.
type Tree struct {
	config     Config
	root       *suture.Supervisor
	components []*component
}

// New makes a Tree. Run starts it.
func New(config Config) *Tree {
	config.Backoff, config.StopTimeout = cmp.Or(config.Backoff, 2*time.Second), cmp.Or(config.StopTimeout, 10*time.Second)
	if config.Now == nil {
		config.Now = time.Now
	}
	if config.Redact == nil {
		config.Redact = func(s string) string { return s }
	}
	t := &Tree{config: config}
	t.root = suture.New("node", suture.Spec{EventHook: t.logEvent, Timeout: config.StopTimeout + time.Second})
	for _, each := range config.Components {
		c := &component{Component: each, config: &t.config, running: make(chan struct{}, 1), status: Status{Name: each.Name, State: Starting}}
		c.supervisor = suture.New(each.Name, suture.Spec{
			FailureThreshold: 3, FailureDecay: 30, FailureBackoff: config.Backoff, Timeout: config.StopTimeout,
		})
		t.root.Add(c.supervisor) // which sets its event hook
		c.addRun()
		t.components = append(t.components, c)
	}
	return t
}

// Run runs the components until ctx ends. Then it stops those with StopFirst, and after them the others. It returns the errors of
// stopping.
func (t *Tree) Run(ctx context.Context) error {
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	done := t.root.ServeBackground(running)
	<-ctx.Done()
	for _, c := range t.components {
		if c.StopFirst {
			c.stop()
		}
	}
	stop()
	err := <-done
	if errors.Is(err, context.Canceled) { // the tree was stopped
		err = nil
	}
	for _, c := range t.components {
		err = errors.Join(err, c.stopError())
	}
	return err
}

// Statuses returns the status of each component, in the order of Config.
func (t *Tree) Statuses() []Status {
	list := make([]Status, len(t.components))
	for i, c := range t.components {
		list[i] = c.snapshot()
	}
	return list
}

// Restart stops a component and starts it again, without waiting. It returns an error for an unknown name.
func (t *Tree) Restart(name string) error {
	var names []string
	for _, c := range t.components {
		if c.Name == name {
			return c.restart()
		}
		names = append(names, c.Name)
	}
	return fmt.Errorf("unknown component %q: want one of %s", name, strings.Join(names, ", "))
}

// logEvent logs the events of the supervisors.
func (t *Tree) logEvent(event suture.Event) {
	log, ctx := t.config.Log, context.Background() // the events belong to no request
	switch e := event.(type) {
	case suture.EventServicePanic:
		log.ErrorContext(ctx, "component panicked", "component", e.ServiceName, "panic", t.config.Redact(e.PanicMsg),
			"restarting", e.Restarting, "stack", e.Stacktrace)
	case suture.EventServiceTerminate:
		log.WarnContext(ctx, "component failed", "component", e.ServiceName, "error", t.config.Redact(fmt.Sprint(e.Err)),
			"restarting", e.Restarting)
	case suture.EventStopTimeout:
		log.ErrorContext(ctx, "component does not stop", "component", e.ServiceName, "timeout", t.config.StopTimeout)
	default: // backoff begins or ends
	}
}
