package supervise_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.uber.org/goleak"

	"aisle/app/supervise"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A testComponent is a component that a test controls.
type testComponent struct {
	begun  chan struct{} // receives a value for each start
	orders chan func() error
	ended  atomic.Bool
}

func newPart() *testComponent {
	return &testComponent{begun: make(chan struct{}, 100), orders: make(chan func() error)}
}

func (p *testComponent) run(ctx context.Context) error {
	p.ended.Store(false)
	defer p.ended.Store(true)
	p.begun <- struct{}{}
	select {
	case do := <-p.orders:
		return do()
	case <-ctx.Done():
		return nil
	}
}

// lines is a log that can be read and written concurrently.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// tree is a running Tree.
type tree struct {
	*supervise.Tree

	log  *lines
	stop func() error
}

func start(t *testing.T, config supervise.Config) *tree {
	t.Helper()
	log := &lines{}
	config.Log = slog.New(slog.NewTextHandler(log, nil))
	config.Redact = strings.NewReplacer("hunter2", "…").Replace
	if config.Backoff == 0 {
		config.Backoff = time.Millisecond
	}
	root := supervise.New(config)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- root.Run(ctx) }()
	stop := sync.OnceValue(func() error {
		cancel()
		select {
		case err := <-done:
			return err
		case <-time.After(time.Minute):
			return errors.New("the tree does not stop")
		}
	})
	t.Cleanup(func() {
		if err := stop(); err != nil && !t.Failed() {
			t.Logf("it stopped with %v", err)
		}
	})
	return &tree{root, log, stop}
}

// pair starts a tree of two components.
func pair(t *testing.T) (tree *tree, one, other *testComponent) {
	t.Helper()
	one, other = newPart(), newPart()
	tree = start(t, supervise.Config{Components: []supervise.Component{{Name: "one", Run: one.run}, {Name: "other", Run: other.run}}})
	await(t, one.begun)
	await(t, other.begun)
	return tree, one, other
}

func await(t *testing.T, c <-chan struct{}) {
	t.Helper()
	select {
	case <-c:
	case <-time.After(time.Minute):
		t.Fatal("timeout")
	}
}

// want waits until the components have these statuses.
func (tr *tree) want(t *testing.T, want ...supervise.Status) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(time.Minute)
	for {
		diff := cmp.Diff(want, tr.Statuses(), cmpopts.IgnoreFields(supervise.Status{}, "StartedAt"))
		if diff == "" {
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatal(diff)
		}
	}
}

func TestPanicRestartsOnlyItsComponent(t *testing.T) {
	t.Parallel()
	tree, one, other := pair(t)

	one.orders <- func() error { panic("the password is hunter2") }

	await(t, one.begun)
	tree.want(t,
		supervise.Status{Name: "one", State: supervise.Running, Restarts: 1, Panics: 1, LastError: "panic: the password is …"},
		supervise.Status{Name: "other", State: supervise.Running})
	if len(other.begun) > 0 {
		t.Error("the other component was restarted, too")
	}
	if err := tree.stop(); err != nil {
		t.Error(err)
	}
	if log := tree.log.String(); !strings.Contains(log, "supervise_test.go") || strings.Contains(log, "hunter2") {
		t.Errorf("the log should have the stack and no secret: %s", log)
	}
}

func TestFailedComponentIsRestarted(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err  error
		want string
	}{
		"an error":             {errors.New("no connection"), "no connection"},
		"an unexpected exit":   {nil, "component exited unexpectedly"},
		"another cancellation": {context.Canceled, "context canceled"},
		"a very long text":     {errors.New(strings.Repeat("é", 300)), strings.Repeat("é", 250) + "…"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tree, one, _ := pair(t)

			one.orders <- func() error { return c.err }

			await(t, one.begun)
			tree.want(t, supervise.Status{Name: "one", State: supervise.Running, Restarts: 1, LastError: c.want},
				supervise.Status{Name: "other", State: supervise.Running})
		})
	}
}

func TestRepeatedFailuresBackOff(t *testing.T) {
	t.Parallel()
	var starts atomic.Int32
	other := newPart()
	tree := start(t, supervise.Config{Backoff: time.Hour, Components: []supervise.Component{
		{Name: "one", Run: func(context.Context) error { starts.Add(1); return errors.New("broken") }},
		{Name: "other", Run: other.run},
	}})

	await(t, other.begun)
	tree.want(t, supervise.Status{Name: "one", State: supervise.BackingOff, Restarts: 3, LastError: "broken"},
		supervise.Status{Name: "other", State: supervise.Running})

	if err := tree.stop(); err != nil || starts.Load() != 4 {
		t.Errorf("%d starts, %v", starts.Load(), err)
	}
}

func TestRestartAffectsNoOtherComponent(t *testing.T) {
	t.Parallel()
	tree, one, other := pair(t)

	if err := tree.Restart("one"); err != nil {
		t.Fatal(err)
	}

	await(t, one.begun)
	tree.want(t, supervise.Status{Name: "one", State: supervise.Running, Restarts: 1}, supervise.Status{Name: "other", State: supervise.Running})
	if len(other.begun) > 0 || other.ended.Load() {
		t.Error("the other component was affected")
	}
}

func TestRestartDoesNotWaitForTheBackoff(t *testing.T) {
	t.Parallel()
	var healed atomic.Bool
	tree := start(t, supervise.Config{Backoff: time.Hour, Components: []supervise.Component{{Name: "one", Run: func(ctx context.Context) error {
		if !healed.Load() {
			return errors.New("broken")
		}
		<-ctx.Done()
		return nil
	}}}})
	tree.want(t, supervise.Status{Name: "one", State: supervise.BackingOff, Restarts: 3, LastError: "broken"})

	healed.Store(true)
	if err := tree.Restart("one"); err != nil {
		t.Fatal(err)
	}

	tree.want(t, supervise.Status{Name: "one", State: supervise.Running, Restarts: 4, LastError: "broken"})
}

// The current run ends before the next begins, however many restarts are requested.
func TestComponentNeverRunsConcurrently(t *testing.T) {
	t.Parallel()
	var running, starts atomic.Int32
	release := make(chan struct{})
	tree := start(t, supervise.Config{Components: []supervise.Component{{Name: "one", Run: func(ctx context.Context) error {
		starts.Add(1)
		if running.Add(1) > 1 {
			t.Error("twice at once")
		}
		defer running.Add(-1)
		<-ctx.Done()
		<-release
		return nil
	}}}})
	tree.want(t, supervise.Status{Name: "one", State: supervise.Running})

	for range 5 {
		if err := tree.Restart("one"); err != nil {
			t.Fatal(err)
		}
	}
	tree.want(t, supervise.Status{Name: "one", State: supervise.Restarting})
	close(release)

	tree.want(t, supervise.Status{Name: "one", State: supervise.Running, Restarts: 1})
}

func TestRestartOfUnknownComponentIsAnError(t *testing.T) {
	t.Parallel()
	tree, _, _ := pair(t)

	err := tree.Restart("two")

	if err == nil || err.Error() != `unknown component "two": want one of one, other` {
		t.Errorf("got %v", err)
	}
}

func TestStopFirstComponentsStopBeforeOthers(t *testing.T) {
	t.Parallel()
	behind := newPart()
	served := make(chan bool, 1)
	begun := make(chan struct{})
	tree := start(t, supervise.Config{Components: []supervise.Component{
		{Name: "behind", Run: behind.run},
		{Name: "front", StopFirst: true, Run: func(ctx context.Context) error {
			close(begun)
			<-ctx.Done()
			tick := time.NewTimer(50 * time.Millisecond) // others would stop in this time if they were told to
			defer tick.Stop()
			<-tick.C
			served <- !behind.ended.Load()
			return errors.New("requests were cut off")
		}},
	}})
	await(t, begun)
	await(t, behind.begun)

	err := tree.stop()

	if err == nil || err.Error() != "requests were cut off" {
		t.Errorf("it stopped with %v", err)
	}
	if !<-served {
		t.Error("the other component stopped before the one with StopFirst")
	}
	tree.want(t, supervise.Status{Name: "behind", State: supervise.Stopped},
		supervise.Status{Name: "front", State: supervise.Stopped, LastError: "requests were cut off"})
}

func TestStopHasATimeout(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	defer close(release)
	begun := make(chan struct{})
	tree := start(t, supervise.Config{StopTimeout: 10 * time.Millisecond, Components: []supervise.Component{
		{Name: "deaf", StopFirst: true, Run: func(context.Context) error { close(begun); <-release; return nil }},
	}})
	await(t, begun)

	err := tree.stop()

	if err == nil || err.Error() != "component deaf did not stop within 10ms" {
		t.Errorf("it stopped with %v", err)
	}
}
