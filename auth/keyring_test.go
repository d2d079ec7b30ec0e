package auth_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"aisle/auth"
)

func TestFirstStartMakesTheFirstKeyAndLaterOnesUseIt(t *testing.T) {
	t.Parallel()
	kept, now := &memoryKeys{}, &clock{now: testNow}

	first := newTokens(t, func(c *auth.AccessTokensConfig) { c.Keys = newRing(t, kept, now.Now) })
	ids := kept.ids()
	second := newTokens(t, func(c *auth.AccessTokensConfig) { c.Keys = newRing(t, kept, now.Now) })

	if len(ids) != 1 || !slices.Equal(kept.ids(), ids) {
		t.Fatalf("keys %v, then %v", ids, kept.ids())
	}
	if _, err := second.Verify(t.Context(), issue(t, first)); err != nil {
		t.Error(err)
	}
}

func TestFirstKeySignsOnNodesWhoseClockIsSlow(t *testing.T) {
	t.Parallel()
	kept := &memoryKeys{}
	newRing(t, kept, func() time.Time { return testNow })
	slow := func() time.Time { return testNow.Add(-testLeeway) }

	tokens := newTokens(t, func(c *auth.AccessTokensConfig) { c.Keys, c.Now = newRing(t, kept, slow), slow })

	issue(t, tokens)
}

func TestPrivateKeysAreKeptSealed(t *testing.T) {
	t.Parallel()
	kept := withOwnKey(t)
	seed := bytes.Clone(testSeed)
	ring := newRing(t, kept, func() time.Time { return testNow })
	if err := ring.Rotate(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, k := range kept.all() {
		if bytes.Contains(k.Sealed, seed) || len(k.Sealed) != 12+32+16 { // nonce, seed, tag
			t.Errorf("%d bytes are kept: %x", len(k.Sealed), k.Sealed)
		}
	}
	if all := kept.all(); bytes.Equal(all[0].Sealed[:12], all[1].Sealed[:12]) {
		t.Error("a nonce was used twice")
	}
}

func TestKeptKeysThatDoNotOpenAreRefusedAndStay(t *testing.T) {
	t.Parallel()
	_, _, kid := ownKey(t)
	other := bytes.Repeat([]byte("x"), 32)
	for name, wrong := range map[string]auth.SealedKey{
		"sealed with another secret": {ID: kid, Sealed: sealed(t, other, kid, testSeed)},
		"sealed for another id":      {ID: kid, Sealed: sealed(t, testSecret, "another", testSeed)},
		"another key under this id":  {ID: kid, Sealed: sealed(t, testSecret, kid, other)},
		"too short a seed":           {ID: kid, Sealed: sealed(t, testSecret, kid, testSeed[:31])},
		"changed":                    {ID: kid, Sealed: append(sealed(t, testSecret, kid, testSeed), 0)},
		"not sealed":                 {ID: kid, Sealed: testSeed},
		"empty":                      {ID: kid},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			kept := &memoryKeys{kept: []auth.SealedKey{wrong}}
			ring := unopened(t, kept, nil)

			for what, do := range map[string]error{"Open": ring.Open(t.Context()), "Rotate": ring.Rotate(t.Context())} {
				if !errors.Is(do, auth.ErrWrongSecret) {
					t.Errorf("%s: got %v, want ErrSecret", what, do)
				}
				if strings.Contains(do.Error(), string(testSecret)) {
					t.Errorf("%s tells the secret: %v", what, do)
				}
			}
			if got := kept.ids(); !slices.Equal(got, []string{kid}) {
				t.Errorf("a new key was put over the old one: %v", got)
			}
		})
	}
}

func TestRingNeedsASecretOf32Bytes(t *testing.T) {
	t.Parallel()
	_, err := auth.NewKeyring(auth.KeyringConfig{Keys: &memoryKeys{}, Secret: testSecret[:31], TTL: testTTL})
	if err == nil || strings.Contains(err.Error(), string(testSecret[:8])) {
		t.Errorf("got %v", err)
	}
}

func TestRingDoesNotKeepTheSecret(t *testing.T) {
	t.Parallel()
	secret := bytes.Clone(testSecret)
	ring, err := auth.NewKeyring(auth.KeyringConfig{Keys: withOwnKey(t), Secret: secret, TTL: testTTL, Log: quiet()})
	if err != nil {
		t.Fatal(err)
	}
	clear(secret)
	if err := ring.Open(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestRingThatWasNotOpenedSignsNothing(t *testing.T) {
	t.Parallel()
	tokens := newTokens(t, func(c *auth.AccessTokensConfig) { c.Keys = unopened(t, &memoryKeys{}, nil) })

	if token, _, err := tokens.Issue(viewers()[auth.RoleAdmin]); err == nil {
		t.Errorf("got %s", token)
	}
}

// An attacker can make up as many kids as they like.
func TestFloodOfUnknownKidsReadsTheKeysOnceIn10Seconds(t *testing.T) {
	t.Parallel()
	kept, now := withOwnKey(t), &clock{now: testNow}
	tokens := newTokens(t, func(c *auth.AccessTokensConfig) { c.Keys = newRing(t, kept, now.Now) })
	private, _, kid := ownKey(t)
	flood := func() {
		for _, digit := range "ABCDEFGH" {
			unknown := string(digit) + kid[1:]
			if _, err := tokens.Verify(t.Context(), sign(t, jwt.SigningMethodEdDSA, private, fields{"kid": unknown}, nil)); err == nil {
				t.Fatal("accepted")
			}
		}
	}
	now.now = now.now.Add(time.Minute)
	before := kept.reads

	flood()
	now.now = now.now.Add(10*time.Second - 1)
	flood()
	if got := kept.reads - before; got != 1 {
		t.Errorf("read %d times in 10 seconds", got)
	}
	now.now = now.now.Add(1)
	flood()
	if got := kept.reads - before; got != 2 {
		t.Errorf("read %d times in all", got)
	}
}

func TestKidThatIsNoThumbprintReadsNothing(t *testing.T) {
	t.Parallel()
	kept, now := withOwnKey(t), &clock{now: testNow}
	tokens := newTokens(t, func(c *auth.AccessTokensConfig) { c.Keys = newRing(t, kept, now.Now) })
	private, _, _ := ownKey(t)
	now.now = now.now.Add(time.Minute)
	before := kept.reads

	_, err := tokens.Verify(t.Context(), sign(t, jwt.SigningMethodEdDSA, private, fields{"kid": "../../key"}, nil))

	if !errors.Is(err, auth.ErrInvalidToken) || kept.reads != before {
		t.Errorf("%v, %d reads", err, kept.reads-before)
	}
}

func TestNodeLooksForAKeyThatAnotherHasJustMade(t *testing.T) {
	t.Parallel()
	kept, now := withOwnKey(t), &clock{now: testNow}
	ring, other := newRing(t, kept, now.Now), newRing(t, kept, now.Now)
	tokens := newTokens(t, func(c *auth.AccessTokensConfig) { c.Keys = ring })
	if err := other.Replace(t.Context()); err != nil {
		t.Fatal(err)
	}
	token := issue(t, newTokens(t, func(c *auth.AccessTokensConfig) { c.Keys = other }))
	now.now = now.now.Add(10 * time.Second)

	if _, err := tokens.Verify(t.Context(), token); err != nil {
		t.Error(err)
	}
}

func TestNodeGoesOnWithItsKeysWhileTheStoreIsDown(t *testing.T) {
	t.Parallel()
	kept, now := withOwnKey(t), &clock{now: testNow}
	tokens := newTokens(t, func(c *auth.AccessTokensConfig) { c.Keys = newRing(t, kept, now.Now) })
	kept.fail(errors.New("down"))
	now.now = now.now.Add(time.Minute)
	private, _, kid := ownKey(t)

	_, err := tokens.Verify(t.Context(), sign(t, jwt.SigningMethodEdDSA, private, fields{"kid": "A" + kid[1:]}, nil))
	if !errors.Is(err, auth.ErrInvalidToken) {
		t.Errorf("an unknown key: got %v, want ErrToken", err)
	}
	if _, err := tokens.Verify(t.Context(), issue(t, tokens)); err != nil {
		t.Errorf("a known key: %v", err)
	}
}
