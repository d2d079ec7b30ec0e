package auth_test

import (
	"bytes"
	"encoding/hex"
	"regexp"
	"strings"
	"testing"

	"github.com/google/uuid"

	"aisle/auth"
)

func newRefreshTokens(t *testing.T, letter string) *auth.RefreshTokens {
	t.Helper()
	tokens, err := auth.NewRefreshTokens([]byte(strings.Repeat(letter, 32)))
	if err != nil {
		t.Fatal(err)
	}
	return tokens
}

func TestIssuedRefreshTokensAreDistinctAndParse(t *testing.T) {
	t.Parallel()
	tokens := newRefreshTokens(t, "s")
	form := regexp.MustCompile(`^art_[A-Za-z0-9_-]{86}$`)
	known := map[string]bool{}
	for range 100 {
		made := tokens.Issue(uuid.Max)
		read, ok := tokens.Parse(made.Text())

		if !form.MatchString(made.Text()) || known[made.Text()] || known[string(made.Hash)] {
			t.Fatalf("%q has another form, or it or its hash came before", made.Text())
		}
		if !ok || !read.Authentic || read.SessionID != uuid.Max || !bytes.Equal(read.Hash, made.Hash) || read.Text() != made.Text() {
			t.Fatalf("made %+v, read %+v", made, read)
		}
		known[made.Text()], known[string(made.Hash)] = true, true
	}
}

func TestRotateIsDeterministicAndKeepsTheSession(t *testing.T) {
	t.Parallel()
	tokens := newRefreshTokens(t, "s")
	first := tokens.Issue(uuid.Max)

	second, again, third := tokens.Rotate(first), tokens.Rotate(first), tokens.Rotate(tokens.Rotate(first))

	if second.Text() != again.Text() || second.SessionID != uuid.Max || !second.Authentic {
		t.Errorf("%+v has the successors %+v and %+v", first, second, again)
	}
	if second.Text() == first.Text() || third.Text() == second.Text() || tokens.Rotate(tokens.Issue(uuid.Max)).Text() == second.Text() {
		t.Error("two tokens of a session are the same")
	}
}

// Neither a copy of the database nor the secret of another chain is enough to continue a session.
func TestRotateDependsOnTheSecret(t *testing.T) {
	t.Parallel()
	ours, others := newRefreshTokens(t, "s"), newRefreshTokens(t, "x")
	first := ours.Issue(uuid.Max)

	read, ok := others.Parse(first.Text())

	if !ok || read.Authentic || others.Rotate(read).Text() == ours.Rotate(first).Text() {
		t.Errorf("read %+v, %v", read, ok)
	}
}

func TestAChangedTokenIsNotAuthentic(t *testing.T) {
	t.Parallel()
	tokens := newRefreshTokens(t, "s")
	text := tokens.Issue(uuid.Max).Text()
	for i := len("art_"); i < len(text); i++ {
		changed := []byte(text)
		changed[i] = 'A'
		if changed[i] == text[i] {
			changed[i] = 'Q'
		}

		if read, ok := tokens.Parse(string(changed)); ok && read.Authentic {
			t.Fatalf("a token whose character %d was changed is genuine", i)
		}
	}
}

func TestParseRejectsOtherText(t *testing.T) {
	t.Parallel()
	tokens := newRefreshTokens(t, "s")
	good := tokens.Issue(uuid.Max).Text()
	for name, text := range map[string]string{
		"empty": "", "prefix alone": "art_", "another prefix": "xrt_" + good[4:], "short": good[:len(good)-1], "long": good + "A",
		"a line break in it": good[:20] + "\n" + good[20:], "no base64": good[:len(good)-1] + "!", "very long": strings.Repeat("x", 1<<20),
	} {
		if read, ok := tokens.Parse(text); ok {
			t.Errorf("%s: read %+v", name, read)
		}
	}
}

// Stored hashes must match in every later version.
func TestRefreshTokensAreStable(t *testing.T) {
	t.Parallel()
	tokens := newRefreshTokens(t, "s")
	read, ok := tokens.Parse("art_" + strings.Repeat("A", 86))
	if !ok {
		t.Fatal("it is not read")
	}

	next := tokens.Rotate(read)

	if got, want := hex.EncodeToString(read.Hash), "760f6f0fcaf868a0d361def39545d6b9ea4a54a10a4d984429d7dd582bb9459f"; got != want {
		t.Errorf("got hash %s, want %s", got, want)
	}
	if want := "art_AAAAAAAAAAAAAAAAAAAAABRK_b1bz7BmYfWy9l0cVBU_UYh8pfbssPEuKruloGlM0r2MNJJuqyh1U7QWl6KR6A"; next.Text() != want {
		t.Errorf("got successor %s, want %s", next.Text(), want)
	}
}

func TestNewRefreshTokensNeedsASecretOf32Bytes(t *testing.T) {
	t.Parallel()
	if _, err := auth.NewRefreshTokens([]byte(strings.Repeat("s", 31))); err == nil {
		t.Error("31 bytes were taken")
	}
}
