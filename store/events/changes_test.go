package events

import (
	"slices"
	"testing"

	"aisle/app/localpg/pgtest"
	"aisle/auth"
	"aisle/store"
)

// changes reads all the pages of a store's changes.
func changes(tb testing.TB, l *Log, after string, first int32) (list []int, cursor string) {
	tb.Helper()
	for more := true; more; {
		page, err := l.ReadChanges(tb.Context(), ofStore(auth.SystemScope(), north), after, first)
		if err != nil {
			tb.Fatal(err)
		}
		if len(page.Events) > int(first) || page.HasMore && len(page.Events) < int(first) {
			tb.Fatalf("a page of %d has %d events, more: %v", first, len(page.Events), page.HasMore)
		}
		for _, e := range page.Events {
			list = append(list, number(tb, e))
		}
		after, more = page.Cursor, page.HasMore
	}
	return list, after
}

func TestChangesAreReadInPagesToTheEnd(t *testing.T) {
	t.Parallel()
	pool := openPool(t, pgtest.New(t))
	l := newTestLog(t, pool)
	write(t, pool, north, count(1, 10)...)
	write(t, pool, south, 99)
	settle(t, l, 11)
	for _, first := range []int32{1, 3, 5, 10, 100} {
		if got, _ := changes(t, l, "", first); !slices.Equal(got, count(1, 10)) {
			t.Errorf("pages of %d: got %v", first, got)
		}
	}

	_, cursor := changes(t, l, "", 10)
	write(t, pool, north, 11)
	settle(t, l, 12)

	if got, _ := changes(t, l, cursor, 10); !slices.Equal(got, []int{11}) {
		t.Errorf("got %v, want what is new", got)
	}
}

func TestCursorOfAQuietStoreMovesOn(t *testing.T) {
	t.Parallel()
	pool := openPool(t, pgtest.New(t))
	l := newTestLog(t, pool)
	run(t, l)
	s := subscribe(t, l, "", system())
	write(t, pool, north, 1)
	write(t, pool, south, 2, 3)
	numbers(t, s, 3)

	_, cursor := changes(t, l, "", 10)

	if cursor != s.at.String() {
		p, err := store.ParsePosition(cursor)
		t.Errorf("the cursor is %v (%v), want the end of the log %v", p, err, s.at)
	}
	if got, again := changes(t, l, cursor, 10); len(got) != 0 || again != cursor {
		t.Errorf("got %v, and another cursor", got)
	}
}

func TestChangesOfAStoreThatIsNotSeenAreNone(t *testing.T) {
	t.Parallel()
	pool := openPool(t, pgtest.New(t))
	l := newTestLog(t, pool)
	write(t, pool, north, 1)
	settle(t, l, 1)
	worker := auth.ScopeForViewer(auth.Viewer{EmployeeID: store.NewID(), Role: auth.RoleAssociate, StoreID: some(south), RegionID: some(east)}, nil)

	for name, scope := range map[string]auth.Scope{"another store's": worker, "nobody": {}} {
		if page, err := l.ReadChanges(t.Context(), ofStore(scope, north), "", 10); err != nil || len(page.Events) > 0 {
			t.Errorf("%s: got %v, %v", name, page, err)
		}
	}
}

func TestReadingChangesCostsTwoStatements(t *testing.T) {
	t.Parallel()
	pool := openPool(t, pgtest.New(t))
	l := newTestLog(t, pool)
	write(t, pool, north, 1)
	list := settle(t, l, 1)
	ctx, statements := store.WithStatementCounter(t.Context())

	if _, err := l.ReadChanges(ctx, ofStore(auth.SystemScope(), north), list[0].String(), 10); err != nil {
		t.Fatal(err)
	}

	if n := statements.Count(); n != 2 {
		t.Errorf("%d statements: the page, and then whether there is a gap behind it", n)
	}
}
