package cache_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"aisle/store/cache"
)

func TestLoadedValuesAreInMemory(t *testing.T) {
	t.Parallel()
	table := newTable(map[int]string{1: "one", 2: "two"})
	n := newNode(table)

	first, err := n.Load(t.Context(), []int{2, 1, 2, 3})
	second, again := n.Load(t.Context(), []int{1, 2, 3})

	if err != nil || first[0].Name != "two" || first[1].Name != "one" || first[2] != first[0] || first[3] != nil {
		t.Errorf("got %v, %v", first, err)
	}
	if again != nil || second[0] != first[1] || second[1] != first[0] || second[2] != nil || table.count() != 1 {
		t.Errorf("got %v, %v, and %d reads", second, again, table.count())
	}
	if got := n.Stats(); got.MemoryHits != 3 || got.Fetches != 3 || got.Entries != 3 {
		t.Errorf("got %+v", got)
	}
}

func TestNothingIsCachedBeforeReset(t *testing.T) {
	t.Parallel()
	table := newTable(map[int]string{1: "one"})
	n := node{cache.New(cache.Options[int, *row]{
		Kind: "row", Fetch: table.fetch, MaxBytes: 1 << 20, Now: time.Now, Jitter: rand.Float64,
	}), &clock{}}

	n.read(t, 1)
	n.read(t, 1)

	if table.count() != 2 {
		t.Errorf("%d reads", table.count())
	}
}

func TestInvalidatedValueIsFetchedAgain(t *testing.T) {
	t.Parallel()
	table := newTable(map[int]string{1: "one", 2: "two"})
	n := newNode(table)
	n.read(t, 1)
	n.read(t, 2)

	table.set(1, "uno")
	n.changed(1, 7)

	if got := n.read(t, 1); got != "uno" {
		t.Errorf("got %q", got)
	}
	n.read(t, 2)
	if table.count() != 3 {
		t.Errorf("%d reads: the other one is good still", table.count())
	}
}

func TestInvalidateAllAndResetInvalidateEverything(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(node){
		"any of the kind":        func(n node) { n.InvalidateAll(at(7)) },
		"the log is another one": func(n node) { n.Reset(at(3)) },
	} {
		table := newTable(map[int]string{1: "one"})
		n := newNode(table)
		n.read(t, 1)

		change(n)

		n.read(t, 1)
		if table.count() != 2 {
			t.Errorf("%s: %d reads", name, table.count())
		}
	}
}

// A fetch that saw the row before a change, and ends after it, must be neither cached nor joined.
func TestOutdatedFetchIsNeitherJoinedNorCached(t *testing.T) {
	t.Parallel()
	table := newTable(map[int]string{1: "old"})
	n := newNode(table)
	open := table.close()
	slow := make(chan string)
	go func() { slow <- n.read(t, 1) }()
	<-table.came

	table.set(1, "new")
	n.changed(1, 7)
	joined := make(chan string)
	go func() { joined <- n.read(t, 1) }()
	<-table.came // it reads for itself
	open()

	if got := <-joined; got != "new" {
		t.Errorf("who came after the change got %q", got)
	}
	if got := <-slow; got != "old" {
		t.Errorf("who came before the change got %q, which was so then", got)
	}
	if got := n.read(t, 1); got != "new" {
		t.Errorf("then %q", got)
	}
}

// Invalidate comes before Advance. What is read in between may show the state before the change.
func TestValueOlderThanItsLastChangeIsNotCached(t *testing.T) {
	t.Parallel()
	table := newTable(map[int]string{1: "one"})
	n := newNode(table)

	n.Invalidate(1, at(7))
	n.read(t, 1)

	if n.inMemory(1) {
		t.Error("it is cached as of a position before its change")
	}
	n.Advance(at(7))
	n.read(t, 1)
	if !n.inMemory(1) {
		t.Error("it is not cached as of the change")
	}
}

func TestConcurrentLoadsOfAKeyFetchOnce(t *testing.T) {
	t.Parallel()
	table := newTable(map[int]string{1: "one"})
	n := newNode(table)
	const readers = 500
	open := table.close()
	began, names := make(chan struct{}), make(chan string)
	for range readers {
		go func() {
			began <- struct{}{}
			names <- n.read(t, 1)
		}()
	}
	for range readers {
		<-began
	}
	open()

	for range readers {
		if got := <-names; got != "one" {
			t.Errorf("got %q", got)
		}
	}
	if table.count() != 1 {
		t.Errorf("%d reads", table.count())
	}
}

func TestBatchFetchesOnlyKeysWithoutAFlight(t *testing.T) {
	t.Parallel()
	table := newTable(map[int]string{1: "one", 2: "two", 3: "three"})
	n := newNode(table)
	open := table.close()
	done := make(chan error)
	for _, keys := range [][]int{{1, 2}, {2, 3}} {
		go func() {
			rows, err := n.Load(t.Context(), keys)
			if err == nil && (rows[0].ID != keys[0] || rows[1].ID != keys[1]) {
				err = fmt.Errorf("got %v for %v", rows, keys)
			}
			done <- err
		}()
		<-table.came
	}
	open()

	if err := errors.Join(<-done, <-done); err != nil {
		t.Error(err)
	}
	if got := fmt.Sprint(table.reads); got != "[[1 2] [3]]" {
		t.Errorf("read %s", got)
	}
}

func TestCancelledFetchDoesNotFailOtherCallers(t *testing.T) {
	t.Parallel()
	table := newTable(map[int]string{1: "one"})
	n := newNode(table)
	open := table.close()
	ctx, leave := context.WithCancel(t.Context())
	go func() { _, _ = n.Load(ctx, []int{1}) }()
	<-table.came
	follower := make(chan string)
	go func() { follower <- n.read(t, 1) }()

	leave()
	open()

	if got := <-follower; got != "one" || table.count() != 1 {
		t.Errorf("got %q with %d reads", got, table.count())
	}
}

func TestCancelledCallerDoesNotWaitForAFlight(t *testing.T) {
	t.Parallel()
	table := newTable(map[int]string{1: "one"})
	n := newNode(table)
	open := table.close()
	leader := make(chan string)
	go func() { leader <- n.read(t, 1) }()
	<-table.came
	ctx, leave := context.WithCancel(t.Context())
	leave()

	_, err := n.Load(ctx, []int{1})

	if err == nil {
		t.Error("no error")
	}
	open()
	<-leader
}

func TestErrorsAreNotCached(t *testing.T) {
	t.Parallel()
	table := newTable(map[int]string{1: "one"})
	n := newNode(table)
	broken := errors.New("the database is gone")
	table.fail(broken)

	_, err := n.Load(t.Context(), []int{1})
	table.fail(nil)

	if !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	if got := n.read(t, 1); got != "one" {
		t.Errorf("then %q", got)
	}
}

func TestPanicIsAnErrorForOtherCallers(t *testing.T) {
	t.Parallel()
	table := newTable(nil)
	n := newNode(table, func(o *cache.Options[int, *row]) {
		fetch := o.Fetch
		o.Fetch = func(ctx context.Context, ids []int) ([]*row, error) {
			_, _ = fetch(ctx, ids)
			panic("oh no")
		}
	})
	open := table.close()
	go func() {
		defer func() { _ = recover() }()
		_, _ = n.Load(t.Context(), []int{1})
	}()
	<-table.came
	failed := make(chan error)
	go func() {
		defer func() {
			if r := recover(); r != nil { // it came too late to wait
				failed <- errors.New("it panicked itself")
			}
		}()
		_, err := n.Load(t.Context(), []int{1})
		failed <- err
	}()
	open()

	if err := <-failed; err == nil {
		t.Error("no error")
	}
}

func TestAbsentValuesExpireSooner(t *testing.T) {
	t.Parallel()
	table := newTable(map[int]string{1: "one"})
	n := newNode(table)
	n.read(t, 1)
	n.read(t, 2)

	n.clock.pass(29 * time.Second)
	still := n.inMemory(1) && n.inMemory(2)
	n.clock.pass(2 * time.Second)

	if !still || !n.inMemory(1) || n.inMemory(2) {
		t.Errorf("before: %t; then the row %t, what is not there %t", still, n.inMemory(1), n.inMemory(2))
	}
}

func TestNewValueReplacesAnAbsentOne(t *testing.T) {
	t.Parallel()
	table := newTable(map[int]string{})
	n := newNode(table)
	n.read(t, 2)

	table.set(2, "two")
	n.changed(2, 7)

	if got := n.read(t, 2); got != "two" {
		t.Errorf("got %q", got)
	}
}

func TestTTLsAreJittered(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		jitter float64
		ends   time.Duration
	}{{0, 4*time.Minute + 30*time.Second}, {1, 5*time.Minute + 30*time.Second}} {
		n := newNode(newTable(nil), func(o *cache.Options[int, *row]) {
			o.Fetch = newTable(map[int]string{1: "one"}).fetch
			o.Jitter = func() float64 { return test.jitter }
		})
		n.read(t, 1)

		n.clock.pass(test.ends - time.Second)
		before := n.inMemory(1)
		n.clock.pass(time.Second)

		if !before || n.inMemory(1) {
			t.Errorf("with %v: a second before %t, then %t", test.jitter, before, n.inMemory(1))
		}
	}
}

func TestMemoryIsBounded(t *testing.T) {
	t.Parallel()
	rows := map[int]string{}
	for i := range 1000 {
		rows[i] = strings.Repeat("x", 1000)
	}
	n := newNode(newTable(rows), func(o *cache.Options[int, *row]) { o.MaxBytes = 100_000 })

	for id := range rows {
		n.read(t, id)
	}

	if got := n.Stats(); got.Bytes > 100_000 || got.Entries == 0 || got.Entries > 50 || got.Evictions < 900 {
		t.Errorf("got %+v", got)
	}
}

func TestTypeFingerprintsDiffer(t *testing.T) {
	t.Parallel()
	type renamed struct {
		ID   int    `json:"id"`
		Name string `json:"title"`
	}
	type deeper struct{ Rows []row }
	type deeperRenamed struct{ Rows []renamed }
	shapes := []string{
		cache.TypeFingerprint[*row](), cache.TypeFingerprint[row](), cache.TypeFingerprint[*renamed](), cache.TypeFingerprint[deeper](), cache.TypeFingerprint[deeperRenamed](),
	}

	slices.Sort(shapes)
	if len(slices.Compact(shapes)) != 5 {
		t.Errorf("got %v", shapes)
	}
}
