package auth_test

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io"
	"regexp"
	"testing"

	"aisle/auth"
)

func TestRefreshTokensAreDistinctAndHashToTheirHash(t *testing.T) {
	t.Parallel()
	form := regexp.MustCompile(`^art_[A-Za-z0-9_-]{43}$`)
	known := map[string]bool{}
	for range 100 {
		token, hash, err := auth.NewRefreshToken(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		if !form.MatchString(token) || known[token] || known[string(hash)] {
			t.Fatalf("%q has another form, or it or its hash came before", token)
		}
		if !bytes.Equal(hash, auth.HashRefreshToken(token)) {
			t.Fatalf("%q hashes to something else", token)
		}
		known[token], known[string(hash)] = true, true
	}
}

// What is stored must be found again by every later version.
func TestHashOfARefreshTokenIsStable(t *testing.T) {
	t.Parallel()
	token, hash, err := auth.NewRefreshToken(bytes.NewReader(make([]byte, 32)))
	if err != nil {
		t.Fatal(err)
	}
	if want := "art_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"; token != want {
		t.Errorf("got token %s, want %s", token, want)
	}
	if got, want := hex.EncodeToString(hash), "a3a2fa190c00d20044795f336dee184c49d941f4cbe578b2fcba27aa7a4890b6"; got != want {
		t.Errorf("got hash %s, want %s", got, want)
	}
}

func TestRefreshTokenIsNotMadeOfTooLittleRandomness(t *testing.T) {
	t.Parallel()
	token, hash, err := auth.NewRefreshToken(bytes.NewReader(make([]byte, 31)))
	if !errors.Is(err, io.ErrUnexpectedEOF) || token != "" || hash != nil {
		t.Errorf("got %q, %x, %v", token, hash, err)
	}
}
