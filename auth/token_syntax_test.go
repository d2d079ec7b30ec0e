package auth_test

import (
	"testing"

	"aisle/auth"
)

func TestParseBearerToken(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]string{
		"Bearer a.b.c":    "a.b.c",
		"bearer a.b.c":    "a.b.c",
		"BEARER  a.b.c ":  "a.b.c",
		"":                "",
		"Bearer":          "",
		"Bearer ":         "",
		"a.b.c":           "",
		"Basic a.b.c":     "",
		"Bearer a b":      "",
		"Bearer a\nb":     "",
		"Bearer\ta.b.c":   "",
		" Bearer a.b.c":   "",
		"Bearera.b.c":     "",
		"Bearer bearer a": "",
	} {
		if got, ok := auth.ParseBearerToken(header); got != want || ok != (want != "") {
			t.Errorf("%q: got %q, %t", header, got, ok)
		}
	}
}
