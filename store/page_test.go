package store_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"pgregory.net/rapid"

	"aisle/store"
)

func TestTimeCursorRoundTrips(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		micros := rapid.Int64Range(-62135596800_000000, 253402300799_999999).Draw(t, "microseconds")
		id := uuid.UUID(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "id"))
		want := store.TimeCursor('d', time.UnixMicro(micros), id)

		got, err := store.ParseTimeCursor('d', want.String())
		if err != nil || got != want {
			t.Fatalf("got %v, %v, want %v", got, err, want)
		}
		if !got.Time().Equal(time.UnixMicro(micros)) {
			t.Fatalf("got %v, want %v", got.Time(), time.UnixMicro(micros))
		}
	})
}

func TestTextCursorRoundTrips(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		key := rapid.String().Filter(store.IsValidText).Draw(t, "key")
		want := store.TextCursor('n', key, store.NewID())

		got, err := store.ParseTextCursor('n', want.String())
		if err != nil || got != want {
			t.Fatalf("got %v, %v, want %v", got, err, want)
		}
	})
}

func TestCursorOfAnotherListIsRejected(t *testing.T) {
	t.Parallel()
	cursor := store.TimeCursor('c', time.Now(), store.NewID()).String()

	if _, err := store.ParseTimeCursor('d', cursor); err == nil {
		t.Error("a cursor of the order c was taken for one of the order d")
	}
}

func TestEmptyCursorIsZero(t *testing.T) {
	t.Parallel()
	cursor, err := store.ParseTimeCursor('d', "")

	if err != nil || !cursor.IsZero() || cursor.Time() != nil || cursor.String() != "" {
		t.Errorf("got %v, %v", cursor, err)
	}
}

func FuzzParseTimeCursor(f *testing.F) {
	f.Add(store.TimeCursor('d', time.Unix(1772323200, 0), uuid.Nil).String())
	f.Add("")
	f.Add("not a cursor")
	f.Fuzz(func(t *testing.T, s string) {
		cursor, err := store.ParseTimeCursor('d', s)
		if err != nil {
			return
		}
		if at := cursor.Time(); at != nil && (at.Year() < 1 || at.Year() > 9999) {
			t.Errorf("PostgreSQL or JSON would refuse %v", at)
		}
	})
}

func FuzzParseTextCursor(f *testing.F) {
	f.Add(store.TextCursor('n', "Ana", uuid.Nil).String())
	f.Fuzz(func(t *testing.T, s string) {
		cursor, err := store.ParseTextCursor('n', s)
		if err == nil && cursor.Text() != nil && !store.IsValidText(*cursor.Text()) {
			t.Errorf("PostgreSQL would refuse %q", *cursor.Text())
		}
	})
}

func TestGroupPagesMakesAPageForEachParent(t *testing.T) {
	t.Parallel()
	type row struct{ parent, n int }
	rows := []row{{1, 1}, {1, 2}, {1, 3}, {2, 1}, {3, 1}, {3, 2}}

	got := store.GroupPages(rows, 2, func(r *row) int { return r.parent })

	want := map[int]store.Page[row]{
		1: {Items: []row{{1, 1}, {1, 2}}, HasMore: true},
		2: {Items: []row{{2, 1}}},
		3: {Items: []row{{3, 1}, {3, 2}}},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(row{})); diff != "" {
		t.Error(diff)
	}
}
