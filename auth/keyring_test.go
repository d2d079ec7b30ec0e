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

func TestOpenCreatesTheFirstKeyOnce(t *testing.T) {
	t.Parallel()
	store, now := &memoryKeyStore{}, &clock{now: testNow}

	first := newAccessTokens(t, func(c *auth.AccessTokensConfig) { c.Keys = newKeyring(t, store, now.Now) })
	ids := store.ids()
	second := newAccessTokens(t, func(c *auth.AccessTokensConfig) { c.Keys = newKeyring(t, store, now.Now) })

	if len(ids) != 1 || !slices.Equal(store.ids(), ids) {
		t.Fatalf("keys %v, then %v", ids, store.ids())
	}
	if _, err := second.Verify(t.Context(), issue(t, first)); err != nil {
		t.Error(err)
	}
}

func TestFirstKeySignsOnNodesWithASlowClock(t *testing.T) {
	t.Parallel()
	store := &memoryKeyStore{}
	newKeyring(t, store, func() time.Time { return testNow })
	slow := func() time.Time { return testNow.Add(-testLeeway) }

	tokens := newAccessTokens(t, func(c *auth.AccessTokensConfig) { c.Keys, c.Now = newKeyring(t, store, slow), slow })

	issue(t, tokens)
}

func TestPrivateKeysAreStoredEncrypted(t *testing.T) {
	t.Parallel()
	store := newKeyStoreWithOwnKey(t)
	seed := bytes.Clone(testSeed)
	keyring := newKeyring(t, store, func() time.Time { return testNow })
	if err := keyring.Rotate(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, k := range store.all() {
		if bytes.Contains(k.Sealed, seed) || len(k.Sealed) != 12+32+16 { // nonce, seed, tag
			t.Errorf("%d bytes are stored: %x", len(k.Sealed), k.Sealed)
		}
	}
	if all := store.all(); bytes.Equal(all[0].Sealed[:12], all[1].Sealed[:12]) {
		t.Error("a nonce was used twice")
	}
}

func TestOpenRejectsKeysThatItCannotDecrypt(t *testing.T) {
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
			store := &memoryKeyStore{keys: []auth.SealedKey{wrong}}
			keyring := newUnopenedKeyring(t, store, nil)

			for what, do := range map[string]error{"Open": keyring.Open(t.Context()), "Rotate": keyring.Rotate(t.Context())} {
				if !errors.Is(do, auth.ErrWrongSecret) {
					t.Errorf("%s: got %v, want ErrSecret", what, do)
				}
				if strings.Contains(do.Error(), string(testSecret)) {
					t.Errorf("%s tells the secret: %v", what, do)
				}
			}
			if got := store.ids(); !slices.Equal(got, []string{kid}) {
				t.Errorf("a new key was put over the old one: %v", got)
			}
		})
	}
}

func TestNewKeyringNeedsASecretOf32Bytes(t *testing.T) {
	t.Parallel()
	_, err := auth.NewKeyring(auth.KeyringConfig{Keys: &memoryKeyStore{}, Secret: testSecret[:31], TTL: testTTL})
	if err == nil || strings.Contains(err.Error(), string(testSecret[:8])) {
		t.Errorf("got %v", err)
	}
}

func TestKeyringDoesNotKeepTheSecret(t *testing.T) {
	t.Parallel()
	secret := bytes.Clone(testSecret)
	keyring, err := auth.NewKeyring(auth.KeyringConfig{Keys: newKeyStoreWithOwnKey(t), Secret: secret, TTL: testTTL, Log: quiet()})
	if err != nil {
		t.Fatal(err)
	}
	clear(secret)
	if err := keyring.Open(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestKeyringThatIsNotOpenDoesNotSign(t *testing.T) {
	t.Parallel()
	tokens := newAccessTokens(t, func(c *auth.AccessTokensConfig) { c.Keys = newUnopenedKeyring(t, &memoryKeyStore{}, nil) })

	if token, _, err := tokens.Issue(viewers()[auth.RoleAdmin]); err == nil {
		t.Errorf("got %s", token)
	}
}

// An attacker can send any number of made-up key ids.
func TestUnknownKidsReloadKeysAtMostOncePer10Seconds(t *testing.T) {
	t.Parallel()
	store, now := newKeyStoreWithOwnKey(t), &clock{now: testNow}
	tokens := newAccessTokens(t, func(c *auth.AccessTokensConfig) { c.Keys = newKeyring(t, store, now.Now) })
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
	before := store.reads

	flood()
	now.now = now.now.Add(10*time.Second - 1)
	flood()
	if got := store.reads - before; got != 1 {
		t.Errorf("read %d times in 10 seconds", got)
	}
	now.now = now.now.Add(1)
	flood()
	if got := store.reads - before; got != 2 {
		t.Errorf("read %d times in all", got)
	}
}

func TestKidThatIsNotAThumbprintDoesNotReloadKeys(t *testing.T) {
	t.Parallel()
	store, now := newKeyStoreWithOwnKey(t), &clock{now: testNow}
	tokens := newAccessTokens(t, func(c *auth.AccessTokensConfig) { c.Keys = newKeyring(t, store, now.Now) })
	private, _, _ := ownKey(t)
	now.now = now.now.Add(time.Minute)
	before := store.reads

	_, err := tokens.Verify(t.Context(), sign(t, jwt.SigningMethodEdDSA, private, fields{"kid": "../../key"}, nil))

	if !errors.Is(err, auth.ErrInvalidToken) || store.reads != before {
		t.Errorf("%v, %d reads", err, store.reads-before)
	}
}

func TestUnknownKidOfANewKeyReloadsKeys(t *testing.T) {
	t.Parallel()
	store, now := newKeyStoreWithOwnKey(t), &clock{now: testNow}
	keyring, other := newKeyring(t, store, now.Now), newKeyring(t, store, now.Now)
	tokens := newAccessTokens(t, func(c *auth.AccessTokensConfig) { c.Keys = keyring })
	if err := other.Replace(t.Context()); err != nil {
		t.Fatal(err)
	}
	token := issue(t, newAccessTokens(t, func(c *auth.AccessTokensConfig) { c.Keys = other }))
	now.now = now.now.Add(10 * time.Second)

	if _, err := tokens.Verify(t.Context(), token); err != nil {
		t.Error(err)
	}
}

func TestNodeKeepsItsKeysWhileTheStoreIsDown(t *testing.T) {
	t.Parallel()
	store, now := newKeyStoreWithOwnKey(t), &clock{now: testNow}
	tokens := newAccessTokens(t, func(c *auth.AccessTokensConfig) { c.Keys = newKeyring(t, store, now.Now) })
	store.fail(errors.New("down"))
	now.now = now.now.Add(time.Minute)
	private, _, kid := ownKey(t)

	_, err := tokens.Verify(t.Context(), sign(t, jwt.SigningMethodEdDSA, private, fields{"kid": "A" + kid[1:]}, nil))
	if !errors.Is(err, auth.ErrInvalidToken) {
		t.Errorf("an unknown key: got %v, want ErrInvalidToken", err)
	}
	if _, err := tokens.Verify(t.Context(), issue(t, tokens)); err != nil {
		t.Errorf("a known key: %v", err)
	}
}
