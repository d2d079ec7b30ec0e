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

// part is a component that does what a test tells it.
type part struct {
	begun  chan struct{} // has one for each start
	orders chan func() error
	ended  atomic.Bool
}

func newPart() *part { return &part{begun: make(chan struct{}, 100), orders: make(chan func() error)} }

func (p *part) run(ctx context.Context) error {
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

// lines are a log that tests read while it is written.
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

// tree is one that runs until stop is called, or the test ends.
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
	made := supervise.New(config)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- made.Run(ctx) }()
	stop := sync.OnceValue(func() error {
		cancel()
		select {
		case err := <-done:
			return err
		case <-time.After(20 * time.Second):
			return errors.New("the tree does not end")
		}
	})
	t.Cleanup(func() {
		if err := stop(); err != nil && !t.Failed() {
			t.Logf("it ended with %v", err)
		}
	})
	return &tree{made, log, stop}
}

// pair is a tree of two components.
func pair(t *testing.T) (tree *tree, one, other *part) {
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
	case <-time.After(20 * time.Second):
		t.Fatal("it does not come")
	}
}

// want waits until the components are in these conditions.
func (tr *tree) want(t *testing.T, want ...supervise.Status) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(20 * time.Second)
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

func TestAPanicRestartsItsComponentAlone(t *testing.T) {
	t.Parallel()
	tree, one, other := pair(t)

	one.orders <- func() error { panic("the password is hunter2") }

	await(t, one.begun)
	tree.want(t,
		supervise.Status{Name: "one", State: supervise.Running, Restarts: 1, Panics: 1, LastError: "panic: the password is …"},
		supervise.Status{Name: "other", State: supervise.Running})
	if len(other.begun) > 0 {
		t.Error("the other one was started again, too")
	}
	if err := tree.stop(); err != nil {
		t.Error(err)
	}
	if log := tree.log.String(); !strings.Contains(log, "supervise_test.go") || strings.Contains(log, "hunter2") {
		t.Errorf("the log should say where it was, and no secret: %s", log)
	}
}

func TestAComponentThatFailsIsStartedAgain(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err  error
		want string
	}{
		"an error":         {errors.New("no connection"), "no connection"},
		"an end unasked":   {nil, "it ended, and nobody asked it to"},
		"another's end":    {context.Canceled, "context canceled"},
		"a very long text": {errors.New(strings.Repeat("é", 300)), strings.Repeat("é", 250) + "…"},
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

func TestAComponentThatFailsAgainAndAgainIsNotStartedAllTheTime(t *testing.T) {
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

func TestARestartTouchesNoOtherComponent(t *testing.T) {
	t.Parallel()
	tree, one, other := pair(t)

	if err := tree.Restart("one"); err != nil {
		t.Fatal(err)
	}

	await(t, one.begun)
	tree.want(t, supervise.Status{Name: "one", State: supervise.Running, Restarts: 1}, supervise.Status{Name: "other", State: supervise.Running})
	if len(other.begun) > 0 || other.ended.Load() {
		t.Error("the other one was touched")
	}
}

func TestARestartDoesNotWaitForTheBackoff(t *testing.T) {
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

// However often a restart is asked for, what runs has ended before it runs again.
func TestAComponentNeverRunsTwiceAtOnce(t *testing.T) {
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

func TestARestartOfWhatIsNotThereSaysWhatIs(t *testing.T) {
	t.Parallel()
	tree, _, _ := pair(t)

	err := tree.Restart("two")

	if err == nil || err.Error() != `there is no component "two" here: there are one, other` {
		t.Errorf("got %v", err)
	}
}

func TestWhatIsInFrontEndsFirst(t *testing.T) {
	t.Parallel()
	behind := newPart()
	served := make(chan bool, 1)
	begun := make(chan struct{})
	tree := start(t, supervise.Config{Components: []supervise.Component{
		{Name: "behind", Run: behind.run},
		{Name: "front", Front: true, Run: func(ctx context.Context) error {
			close(begun)
			<-ctx.Done()
			tick := time.NewTimer(50 * time.Millisecond) // what others would need to end, if they were told to
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
		t.Errorf("it ended with %v", err)
	}
	if !<-served {
		t.Error("what is behind ended before what is in front")
	}
	tree.want(t, supervise.Status{Name: "behind", State: supervise.Stopped},
		supervise.Status{Name: "front", State: supervise.Stopped, LastError: "requests were cut off"})
}

func TestAComponentThatDoesNotEndIsNotWaitedForForever(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	defer close(release)
	begun := make(chan struct{})
	tree := start(t, supervise.Config{Patience: 10 * time.Millisecond, Components: []supervise.Component{
		{Name: "deaf", Front: true, Run: func(context.Context) error { close(begun); <-release; return nil }},
	}})
	await(t, begun)

	err := tree.stop()

	if err == nil || err.Error() != "deaf did not end within 10ms" {
		t.Errorf("it ended with %v", err)
	}
}
