package cache_test

import (
	"context"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"aisle/store"
	"aisle/store/cache"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// row is what the caches of these tests cache.
type row struct {
	ID   int    `json:"id"`
	Name string `json:"name"`
}

// table is the database. It records its reads.
type table struct {
	mu    sync.Mutex
	rows  map[int]string
	reads [][]int
	err   error
	gate  chan struct{} // reads have seen the rows and wait here, while it is not nil
	came  chan struct{} // receives once for each read that waits
}

func newTable(rows map[int]string) *table { return &table{rows: rows, came: make(chan struct{}, 10)} }

// close makes reads wait after they have seen the rows, until open is called.
func (t *table) close() (open func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	gate := make(chan struct{})
	t.gate = gate
	return func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.gate = nil
		close(gate)
	}
}

func (t *table) set(id int, name string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.rows[id] = name
}

func (t *table) fail(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.err = err
}

func (t *table) fetch(ctx context.Context, ids []int) ([]*row, error) {
	t.mu.Lock()
	t.reads = append(t.reads, append([]int{}, ids...))
	found, err, gate := make([]*row, len(ids)), t.err, t.gate
	for i, id := range ids {
		if name, ok := t.rows[id]; ok {
			found[i] = &row{id, name}
		}
	}
	t.mu.Unlock()
	if gate != nil {
		t.came <- struct{}{}
		select {
		case <-gate:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return found, err
}

func (t *table) count() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.reads)
}

// clock is a clock that the test sets.
type clock struct{ elapsed atomic.Int64 }

func (c *clock) now() time.Time {
	return time.Unix(1_700_000_000, 0).Add(time.Duration(c.elapsed.Load()))
}
func (c *clock) pass(d time.Duration) { c.elapsed.Add(int64(d)) }

// node is a cache that was reset at the position 0.
type node struct {
	*cache.Cache[int, *row]

	clock *clock
}

func newNode(t *table, change ...func(*cache.Options[int, *row])) node {
	clock := &clock{}
	o := cache.Options[int, *row]{
		Kind: "row", Fetch: t.fetch, KeyText: strconv.Itoa, MaxBytes: 1 << 20, Now: clock.now, Jitter: func() float64 { return 0.5 },
	}
	for _, f := range change {
		f(&o)
	}
	n := node{cache.New(o), clock}
	n.Reset(at(0))
	return n
}

func at(xid int64) store.Position { return store.Position{XID: xid} }

// changed reports to the node that a row changed.
func (n node) changed(id int, xid int64) {
	n.Invalidate(id, at(xid))
	n.Advance(at(xid))
}

// read returns a row's name; empty if it is absent.
func (n node) read(tb testing.TB, id int) string {
	tb.Helper()
	rows, err := n.Load(tb.Context(), []int{id})
	if err != nil {
		tb.Fatal(err)
	}
	if rows[0] == nil {
		return ""
	}
	return rows[0].Name
}

// inMemory reports whether memory has a row.
func (n node) inMemory(id int) bool {
	_, ok := n.Peek(id, n.clock.now())
	return ok
}

// eventually waits for a condition.
func eventually(tb testing.TB, what string, so func() bool) {
	tb.Helper()
	deadline := time.After(30 * time.Second)
	for !so() {
		select {
		case <-deadline:
			tb.Fatalf("it is not so that %s", what)
		case <-time.After(time.Millisecond):
		}
	}
}
