package store_test

import (
	"strings"
	"testing"

	"aisle/store"
)

func TestQuoteKeepsAtMost80Characters(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{
		"":                       `""`,
		"a\nb\xff":               `"a\nb\xff"`,
		strings.Repeat("é", 80):  `"` + strings.Repeat("é", 80) + `"`,
		strings.Repeat("é", 81):  `"` + strings.Repeat("é", 77) + `..."`,
		strings.Repeat("x", 9e6): `"` + strings.Repeat("x", 77) + `..."`,
	} {
		if got := store.Quote(value); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
