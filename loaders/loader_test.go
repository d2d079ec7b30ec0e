package loaders

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"aisle/app/localpg/pgtest"
	"aisle/auth"
	"aisle/store"
	"aisle/store/cache"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// row is something to load; its parent is in another table.
type row struct{ id, parent int }

// table counts how it is read.
type table struct {
	mu    sync.Mutex
	reads [][]int
}

func (t *table) fetch(_ context.Context, _ auth.Scope, ids []int) ([]row, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.reads = append(t.reads, slices.Sorted(slices.Values(ids)))
	rows := make([]row, 0, len(ids))
	for _, id := range ids {
		if id >= 0 { // the others do not exist
			rows = append(rows, row{id: id, parent: id / 10})
		}
	}
	return rows, nil
}

func newRequest(wait time.Duration) *request { return &request{wait: wait, peers: newPeers()} }

func rowsOf(r *request, t *table) *Loader[int, *row] {
	return newRows(r, t.fetch, func(r *row) int { return r.id })
}

func TestValuesAreInTheOrderOfTheirParents(t *testing.T) {
	t.Parallel()
	l := rowsOf(newRequest(time.Millisecond), &table{})
	parents := []*row{{parent: 3}, {parent: -1}, {parent: 1}, {parent: 3}}

	got, err := LoadEach(t.Context(), l, parents, func(r *row) int { return r.parent })

	if err != nil || got[0].id != 3 || got[1] != nil || got[2].id != 1 || got[3] != got[0] {
		t.Errorf("got %v, %v", got, err)
	}
}

// The rows are read with one statement, however long the executor takes to reach the next row.
func TestPeersAreReadWithOneStatement(t *testing.T) {
	t.Parallel()
	r, parents := newRequest(time.Nanosecond), &table{}
	rows := make([]row, 500)
	for i := range rows {
		rows[i] = row{id: i, parent: i}
	}
	remember(r.peers, rows)
	l := rowsOf(r, parents)
	for i := range rows {
		got, err := LoadEach(t.Context(), l, []*row{&rows[i]}, func(r *row) int { return r.parent })
		if err != nil || got[0].id != i {
			t.Fatalf("got %v, %v, want %d", got, err, i)
		}
	}

	if len(parents.reads) != 1 || len(parents.reads[0]) != len(rows) {
		t.Errorf("%d statements", len(parents.reads))
	}
}

func TestNoBatchingReadsEachKeySeparately(t *testing.T) {
	t.Parallel()
	rows := &table{}
	l := rowsOf(newRequest(NoBatching), rows)
	parents := []*row{{parent: 3}, {parent: -1}, {parent: 3}}

	got, err := LoadEach(t.Context(), l, parents, func(r *row) int { return r.parent })

	if err != nil || got[0].id != 3 || got[1] != nil || got[2].id != 3 {
		t.Errorf("got %v, %v", got, err)
	}
	slices.SortFunc(rows.reads, slices.Compare)
	if want := [][]int{{-1}, {3}, {3}}; !slices.EqualFunc(rows.reads, want, slices.Equal) {
		t.Errorf("read %v, want %v", rows.reads, want)
	}
}

func TestPeersMayBeLoadedConcurrently(t *testing.T) {
	t.Parallel()
	r, parents := newRequest(time.Microsecond), &table{}
	rows := make([]row, 200)
	for i := range rows {
		rows[i] = row{id: i, parent: i % 7}
	}
	remember(r.peers, rows)
	l := rowsOf(r, parents)
	var group sync.WaitGroup
	for i := range rows {
		group.Go(func() {
			got, err := LoadEach(t.Context(), l, []*row{&rows[i]}, func(r *row) int { return r.parent })
			if err != nil || got[0].id != i%7 {
				t.Errorf("got %v, %v, want %d", got, err, i%7)
			}
		})
	}
	group.Wait()

	if len(parents.reads) != 1 {
		t.Errorf("%d statements: %v", len(parents.reads), parents.reads)
	}
}

func TestConcurrentKeysAreBatched(t *testing.T) {
	t.Parallel()
	read := &table{}
	l := rowsOf(newRequest(500*time.Millisecond), read)
	var group sync.WaitGroup
	for id := range 5 {
		group.Go(func() {
			if got, err := l.Load(t.Context(), id); err != nil || got.id != id {
				t.Errorf("got %v, %v, want %d", got, err, id)
			}
		})
	}
	group.Wait()

	if len(read.reads) != 1 {
		t.Errorf("%d statements: %v", len(read.reads), read.reads)
	}
}

func TestListsAreGroupedByKey(t *testing.T) {
	t.Parallel()
	fetch := func(context.Context, auth.Scope, []int) ([]row, error) {
		return []row{{1, 7}, {2, 7}, {3, 9}}, nil
	}
	l := newLists(newRequest(time.Millisecond), fetch, func(r *row) int { return r.parent })

	got, err := LoadEach(t.Context(), l, []*row{{id: 9}, {id: 8}, {id: 7}}, func(r *row) int { return r.id })

	if err != nil || len(got[0]) != 1 || got[1] == nil || len(got[1]) != 0 || len(got[2]) != 2 {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestErrorReachesAllCallers(t *testing.T) {
	t.Parallel()
	broken := errors.New("the database is gone")
	l := newRows(newRequest(time.Millisecond),
		func(context.Context, auth.Scope, []int) ([]row, error) { return nil, broken }, func(r *row) int { return r.id })

	for range 2 {
		if _, err := l.Load(t.Context(), 1); !errors.Is(err, broken) {
			t.Errorf("got %v", err)
		}
	}
}

func TestPanicIsAnErrorForAllCallers(t *testing.T) {
	t.Parallel()
	l := newRows(newRequest(time.Millisecond),
		func(context.Context, auth.Scope, []int) ([]row, error) { panic("oh no") }, func(r *row) int { return r.id })

	for range 2 {
		if _, err := l.Load(t.Context(), 1); err == nil {
			t.Error("no error")
		}
	}
}

// What is not there, or not to be seen, is nobody's peer.
func TestAbsentCachedRowsAreNotFetchedAgain(t *testing.T) {
	t.Parallel()
	c := cache.New(cache.Options[int, *row]{
		Kind: "row", MaxBytes: 1 << 20, KeyText: strconv.Itoa, Now: time.Now, Jitter: rand.Float64,
		Fetch: func(_ context.Context, ids []int) ([]*row, error) {
			return inOrder([]row{{1, 10}, {2, 20}, {4, 40}}, ids, func(r *row) int { return r.id }), nil
		},
	})
	c.Reset(store.Position{})
	for range 2 { // read, then remembered
		r, parents := newRequest(time.Nanosecond), &table{}
		cached := newCachedRows(r, c, (&table{}).fetch, func(r *row) int { return r.id }, func(r *row, _ auth.Scope) bool { return r.id != 4 })
		l := rowsOf(r, parents)

		rows, err := cached.LoadMany(t.Context(), []int{1, 3, 2, 4})
		if err != nil || rows[1] != nil || rows[3] != nil {
			t.Fatalf("got %v, %v", rows, err)
		}
		for _, i := range []int{0, 2} {
			if _, err := LoadEach(t.Context(), l, rows[i:i+1], func(r *row) int { return r.parent }); err != nil {
				t.Fatal(err)
			}
		}

		if len(parents.reads) != 1 || !slices.Equal(parents.reads[0], []int{10, 20}) {
			t.Errorf("read %v", parents.reads)
		}
	}
}

// A cached value needs no batch, goroutine or timer, whatever the wait.
func BenchmarkEachOfHotPeers(b *testing.B) {
	rows := make([]row, 100)
	keys := make([]int, len(rows))
	for i := range rows {
		rows[i], keys[i] = row{id: i, parent: i}, i
	}
	c := cache.New(cache.Options[int, *row]{
		Kind: "row", MaxBytes: 1 << 20, KeyText: strconv.Itoa, Now: time.Now, Jitter: rand.Float64,
		Fetch: func(_ context.Context, keys []int) ([]*row, error) {
			return inOrder(rows, keys, func(r *row) int { return r.id }), nil
		},
	})
	c.Reset(store.Position{})
	if _, err := c.Load(b.Context(), keys); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		r := newRequest(time.Hour)
		r.now = time.Now()
		remember(r.peers, rows)
		l := newCachedRows(r, c, (&table{}).fetch, func(r *row) int { return r.id }, visibleToAll)
		for i := range rows {
			if _, err := LoadEach(b.Context(), l, []*row{&rows[i]}, func(r *row) int { return r.parent }); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportAllocs()
}

func BenchmarkEachOfPeers(b *testing.B) {
	rows := make([]row, 100)
	for i := range rows {
		rows[i] = row{id: i, parent: i}
	}
	for b.Loop() {
		r := newRequest(time.Nanosecond)
		remember(r.peers, rows)
		l := rowsOf(r, &table{})
		for i := range rows {
			if _, err := LoadEach(b.Context(), l, []*row{&rows[i]}, func(r *row) int { return r.parent }); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportAllocs()
}
