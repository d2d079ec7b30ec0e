package store_test

import (
	"encoding/base64"
	"errors"
	"math"
	"testing"

	"pgregory.net/rapid"

	"aisle/store"
)

func position() *rapid.Generator[store.Position] {
	return rapid.Custom(func(t *rapid.T) store.Position {
		return store.Position{
			XID: rapid.Int64Range(0, math.MaxInt64).Draw(t, "xid"), Seq: rapid.Int64Range(0, math.MaxInt64).Draw(t, "seq"),
		}
	})
}

func TestPositionRoundTrips(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want := position().Draw(t, "position")

		if got, err := store.ParsePosition(want.String()); err != nil || got != want {
			t.Errorf("got %v, %v, want %v", got, err, want)
		}
	})
}

func TestPositionsAreOrderedByTransactionThenSequence(t *testing.T) {
	t.Parallel()
	ordered := []store.Position{{}, {XID: 1}, {XID: 1, Seq: 9}, {XID: 2}, {XID: 2, Seq: 1}, {XID: 2, Seq: 2}}
	for i, a := range ordered {
		for j, b := range ordered {
			if a.Before(b) != (i < j) || (a.Compare(b) == 0) != (i == j) {
				t.Errorf("%v and %v: before %v, compare %d", a, b, a.Before(b), a.Compare(b))
			}
		}
	}
}

func TestInvalidPositionIsRejected(t *testing.T) {
	t.Parallel()
	whole, err := base64.RawURLEncoding.DecodeString(store.Position{XID: 1, Seq: 2}.String())
	if err != nil {
		t.Fatal(err)
	}
	negative := append([]byte{}, whole...)
	negative[1] = 0xff
	other := append([]byte{'X'}, whole[1:]...)
	for name, s := range map[string]string{
		"empty": "", "words": "the end", "short": base64.RawURLEncoding.EncodeToString(whole[:9]),
		"long":        base64.RawURLEncoding.EncodeToString(append(whole, 0)),
		"negative":    base64.RawURLEncoding.EncodeToString(negative),
		"another":     base64.RawURLEncoding.EncodeToString(other),
		"list cursor": store.TextCursor('E', "12345678", store.NewID()).String(),
	} {
		_, err := store.ParsePosition(s)
		broken := new(store.UserError)
		if !errors.As(err, &broken) || broken.Code != store.CodeInvalid || len(broken.Field) != 1 || broken.Field[0] != "after" {
			t.Errorf("%s: got %v, want an INVALID of after", name, err)
		}
	}
}
