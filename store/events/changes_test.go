package events

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"aisle/app/localpg/pgtest"
	"aisle/auth"
	"aisle/store"
)

// beginning is a position before all events.
var beginning = store.Position{}.String()

// readAllChanges reads all pages of a store's events.
func readAllChanges(tb testing.TB, l *Log, after string, first int32) (list []int, cursor string) {
	tb.Helper()
	for more := true; more; {
		page, err := l.ReadChanges(tb.Context(), storeFilter(auth.SystemScope(), north), after, first)
		if err != nil {
			tb.Fatal(err)
		}
		if len(page.Events) > int(first) || page.HasMore && len(page.Events) < int(first) {
			tb.Fatalf("a page of %d has %d events, more: %v", first, len(page.Events), page.HasMore)
		}
		for _, e := range page.Events {
			list = append(list, decodeNumber(tb, e))
		}
		after, more = page.Cursor, page.HasMore
	}
	return list, after
}

func TestReadChangesPagesToTheEnd(t *testing.T) {
	t.Parallel()
	pool := openPool(t, pgtest.New(t))
	l := newTestLog(t, pool)
	writeEvents(t, pool, north, sequence(1, 10)...)
	writeEvents(t, pool, south, 99)
	waitUntilSettled(t, l, 11)
	for _, first := range []int32{1, 3, 5, 10, 100} {
		if got, _ := readAllChanges(t, l, beginning, first); !slices.Equal(got, sequence(1, 10)) {
			t.Errorf("pages of %d: got %v", first, got)
		}
	}

	_, cursor := readAllChanges(t, l, beginning, 10)
	writeEvents(t, pool, north, 11)
	waitUntilSettled(t, l, 12)

	if got, _ := readAllChanges(t, l, cursor, 10); !slices.Equal(got, []int{11}) {
		t.Errorf("got %v, want the new event", got)
	}
}

func TestCursorOfAQuietStoreAdvances(t *testing.T) {
	t.Parallel()
	pool := openPool(t, pgtest.New(t))
	l := newTestLog(t, pool)
	startLog(t, l)
	s := subscribe(t, l, "", chainFilter())
	writeEvents(t, pool, north, 1)
	writeEvents(t, pool, south, 2, 3)
	readNumbers(t, s, 3)

	_, cursor := readAllChanges(t, l, beginning, 10)

	if cursor != s.cursor.at.String() {
		p, err := store.ParsePosition(cursor)
		t.Errorf("the cursor is %v (%v), want the end of the log %v", p, err, s.cursor.at)
	}
	if got, again := readAllChanges(t, l, cursor, 10); len(got) != 0 || again != cursor {
		t.Errorf("got %v, and another cursor", got)
	}
}

func TestReadChangesOfAStoreOutsideTheScopeIsEmpty(t *testing.T) {
	t.Parallel()
	pool := openPool(t, pgtest.New(t))
	l := newTestLog(t, pool)
	writeEvents(t, pool, north, 1)
	waitUntilSettled(t, l, 1)
	worker := auth.ScopeForViewer(auth.Viewer{EmployeeID: store.NewID(), Role: auth.RoleAssociate, StoreID: validUUID(south), RegionID: validUUID(east)}, nil)

	for name, scope := range map[string]auth.Scope{"another store's": worker, "nobody": {}} {
		if page, err := l.ReadChanges(t.Context(), storeFilter(scope, north), beginning, 10); err != nil || len(page.Events) > 0 {
			t.Errorf("%s: got %v, %v", name, page, err)
		}
	}
}

func TestReadChangesNeedsTwoStatements(t *testing.T) {
	t.Parallel()
	pool := openPool(t, pgtest.New(t))
	l := newTestLog(t, pool)
	writeEvents(t, pool, north, 1)
	list := waitUntilSettled(t, l, 1)
	ctx, statements := store.WithStatementCounter(t.Context())

	if _, err := l.ReadChanges(ctx, storeFilter(auth.SystemScope(), north), list[0].String(), 10); err != nil {
		t.Fatal(err)
	}

	if n := statements.Count(); n != 2 {
		t.Errorf("%d statements, want the page and the check of the position", n)
	}
}

// A filter that selects few events of a long log must not make one statement read all of it.
func TestReadChangesOfAFewEventsSearchesAPartOfTheLogAtATime(t *testing.T) {
	t.Parallel()
	pool := openPool(t, pgtest.New(t))
	l := newTestLog(t, pool)
	writeEvents(t, pool, south, sequence(1, 10)...)
	writeEvents(t, pool, north, 11)
	list := waitUntilSettled(t, l, 11)
	l.table.searched = 3
	var got []string

	for after, more := beginning, true; more; {
		page, err := l.ReadChanges(t.Context(), chainFilter(north, east), after, 2)
		if err != nil {
			t.Fatal(err)
		}
		line := fmt.Sprintf("%d events up to %d, more: %v", len(page.Events), 1+slices.IndexFunc(list, func(e *Event) bool { return e.String() == page.Cursor }), page.HasMore)
		got = append(got, line)
		after, more = page.Cursor, page.HasMore
	}

	want := []string{
		"0 events up to 3, more: true", "0 events up to 6, more: true", "0 events up to 9, more: true", "1 events up to 11, more: false",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// The search of a part ends between two events that match, not behind one that does not fit on the page.
func TestReadChangesOfADensePartFillsThePage(t *testing.T) {
	t.Parallel()
	pool := openPool(t, pgtest.New(t))
	l := newTestLog(t, pool)
	writeEvents(t, pool, north, sequence(1, 7)...)
	waitUntilSettled(t, l, 7)
	l.table.searched = 3
	var got []int

	for after, more := beginning, true; more; {
		page, err := l.ReadChanges(t.Context(), chainFilter(north, east), after, 2)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range page.Events {
			got = append(got, decodeNumber(t, e))
		}
		after, more = page.Cursor, page.HasMore
	}

	if !slices.Equal(got, sequence(1, 7)) {
		t.Errorf("got %v", got)
	}
}
