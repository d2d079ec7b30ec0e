// Package supervise runs the components of a process: what fails is started again, alone, and tells how it fares.
package supervise

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/thejerf/suture/v4"
)

// Config is what a Tree is made of. Components and Log must be set.
type Config struct {
	Components []Component // with names that differ
	Log        *slog.Logger
	Now        func() time.Time
	Redact     func(string) string // takes secrets out of an error's text; nil takes none

	// A component that failed is started again at once a few times, and then after Backoff, less or more; 2 s.
	Backoff time.Duration
	// Patience is how long a component may take to end; 10 s.
	Patience time.Duration
}

// Tree runs components, each under a supervisor of its own, below one.
type Tree struct {
	config     Config
	root       *suture.Supervisor
	components []*component
}

// New makes a Tree, which does nothing before Run.
func New(config Config) *Tree {
	config.Backoff, config.Patience = cmp.Or(config.Backoff, 2*time.Second), cmp.Or(config.Patience, 10*time.Second)
	if config.Now == nil {
		config.Now = time.Now
	}
	if config.Redact == nil {
		config.Redact = func(s string) string { return s }
	}
	t := &Tree{config: config}
	t.root = suture.New("node", suture.Spec{EventHook: t.log, Timeout: config.Patience + time.Second})
	for _, each := range config.Components {
		c := &component{Component: each, tree: t, turn: make(chan struct{}, 1), status: Status{Name: each.Name, State: Starting}}
		c.supervisor = suture.New(each.Name, suture.Spec{
			FailureThreshold: 3, FailureDecay: 30, FailureBackoff: config.Backoff, Timeout: config.Patience,
		})
		t.root.Add(c.supervisor) // which gives it the hook
		c.add()
		t.components = append(t.components, c)
	}
	return t
}

// Run runs the components until ctx ends. Then those in front are stopped, and when they have ended the others. It returns
// what went wrong with that.
func (t *Tree) Run(ctx context.Context) error {
	beside, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	done := t.root.ServeBackground(beside)
	<-ctx.Done()
	for _, c := range t.components {
		if c.Front {
			c.stop()
		}
	}
	stop()
	err := <-done
	if errors.Is(err, context.Canceled) { // which is how it was stopped
		err = nil
	}
	for _, c := range t.components {
		err = errors.Join(err, c.unfinished())
	}
	return err
}

// Statuses are those of all components, in their order.
func (t *Tree) Statuses() []Status {
	list := make([]Status, len(t.components))
	for i, c := range t.components {
		list[i] = c.now()
	}
	return list
}

// Restart ends a component and starts it again; all others go on. It does not wait for that. An unknown name is an
// error that has those that there are.
func (t *Tree) Restart(name string) error {
	var names []string
	for _, c := range t.components {
		if c.Name == name {
			return c.restart()
		}
		names = append(names, c.Name)
	}
	return fmt.Errorf("there is no component %q here: there are %s", name, strings.Join(names, ", "))
}

// log writes what the supervisors tell.
func (t *Tree) log(event suture.Event) {
	log, ctx := t.config.Log, context.Background() // it is nobody's request
	switch e := event.(type) {
	case suture.EventServicePanic:
		log.ErrorContext(ctx, "a component panicked", "component", e.ServiceName, "panic", t.config.Redact(e.PanicMsg),
			"again_at_once", e.Restarting, "stack", e.Stacktrace)
	case suture.EventServiceTerminate:
		log.WarnContext(ctx, "a component failed", "component", e.ServiceName, "error", t.config.Redact(fmt.Sprint(e.Err)),
			"again_at_once", e.Restarting)
	case suture.EventStopTimeout:
		log.ErrorContext(ctx, "a component does not end", "component", e.ServiceName, "patience", t.config.Patience)
	default: // that it waits, and goes on
	}
}
