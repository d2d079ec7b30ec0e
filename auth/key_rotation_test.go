package auth_test

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"aisle/auth"
)

const testLead = time.Hour // how long a key is published before it signs

// states returns the states of the stored keys in the order in which they sign.
func states(store *memoryKeyStore, now time.Time) []auth.KeyState {
	return auth.KeyStates(store.all(), now)
}

func TestNextKeyIsPublishedBeforeItSignsAndTheOldKeyVerifiesUntilItsTokensExpire(t *testing.T) {
	t.Parallel()
	store, now := newKeyStoreWithOwnKey(t), &clock{now: testNow}
	keyring := newKeyring(t, store, now.Now)

	if err := keyring.Rotate(t.Context()); err != nil {
		t.Fatal(err)
	}

	const next, signs, verifies, retired = auth.KeyNext, auth.KeySigns, auth.KeyVerifies, auth.KeyRetired
	for _, step := range []struct {
		at   time.Duration
		want []auth.KeyState
	}{
		{0, []auth.KeyState{signs, next}},
		{testLead - 1, []auth.KeyState{signs, next}},
		{testLead, []auth.KeyState{verifies, signs}},
		{testLead + testTTL + 2*testLeeway - 1, []auth.KeyState{verifies, signs}},
		{testLead + testTTL + 2*testLeeway, []auth.KeyState{retired, signs}},
	} {
		if diff := cmp.Diff(step.want, states(store, testNow.Add(step.at))); diff != "" {
			t.Errorf("after %s: -want +got:\n%s", step.at, diff)
		}
	}
}

func TestNoTokenIsRejectedWhileKeysRotate(t *testing.T) {
	t.Parallel()
	store, now := newKeyStoreWithOwnKey(t), &clock{now: testNow}
	keyring := newKeyring(t, store, now.Now)
	tokens := newAccessTokens(t, func(c *auth.AccessTokensConfig) { c.Keys, c.Now = keyring, now.Now })
	if err := keyring.Rotate(t.Context()); err != nil {
		t.Fatal(err)
	}
	now.now = testNow.Add(testLead - time.Second)
	last := issue(t, tokens)
	fresh := func() *auth.AccessTokens { // a node that has cached nothing
		return newAccessTokens(t, func(c *auth.AccessTokensConfig) { c.Keys, c.Now = keyring, now.Now })
	}

	for _, at := range []time.Duration{testLead, testLead + time.Minute, testLead + testTTL + testLeeway - 2*time.Second} {
		now.now = testNow.Add(at)
		for which, token := range map[string]string{"the old key's last": last, "the new key's": issue(t, tokens)} {
			for _, node := range []*auth.AccessTokens{tokens, fresh()} {
				if _, err := node.Verify(t.Context(), token); err != nil {
					t.Errorf("after %s, %s: %v", at, which, err)
				}
			}
		}
	}
}

func TestReplaceRejectsTokensOfOldKeysAtOnceEvenIfCached(t *testing.T) {
	t.Parallel()
	store, now := newKeyStoreWithOwnKey(t), &clock{now: testNow}
	keyring := newKeyring(t, store, now.Now)
	tokens := newAccessTokens(t, func(c *auth.AccessTokensConfig) { c.Keys = keyring })
	old := issue(t, tokens)
	if _, err := tokens.Verify(t.Context(), old); err != nil {
		t.Fatal(err)
	}

	if err := keyring.Replace(t.Context()); err != nil {
		t.Fatal(err)
	}

	if _, err := tokens.Verify(t.Context(), old); !errors.Is(err, auth.ErrInvalidToken) {
		t.Errorf("the old key's: got %v, want ErrInvalidToken", err)
	}
	if _, err := tokens.Verify(t.Context(), issue(t, tokens)); err != nil {
		t.Errorf("the new key's: %v", err)
	}
}

// The new secret cannot decrypt keys that were sealed with the old one.
func TestReplaceDoesNotNeedTheOldSecret(t *testing.T) {
	t.Parallel()
	_, _, kid := ownKey(t)
	store := &memoryKeyStore{keys: []auth.SealedKey{{ID: kid, Sealed: sealed(t, []byte("the secret that was lost, of 32+ bytes"), kid, testSeed)}}}
	keyring := newUnopenedKeyring(t, store, nil)

	if err := keyring.Replace(t.Context()); err != nil {
		t.Fatal(err)
	}

	if ids := store.ids(); len(ids) != 1 || ids[0] == kid {
		t.Errorf("keys %v", ids)
	}
	if err := keyring.Open(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestRotationDeletesRetiredKeys(t *testing.T) {
	t.Parallel()
	store, now := newKeyStoreWithOwnKey(t), &clock{now: testNow}
	keyring := newKeyring(t, store, now.Now)
	for range 5 {
		if err := keyring.Rotate(t.Context()); err != nil {
			t.Fatal(err)
		}
		now.now = now.now.Add(24 * time.Hour)
	}

	if got := len(store.all()); got != 2 {
		t.Errorf("%d keys are stored", got)
	}
}

// The test runs in a synctest bubble, whose clock advances without waiting.
func TestOneNodePublishesTheNextKeyAfter30Days(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const month, early = 30 * 24 * time.Hour, 3 * time.Hour
		store, began := newKeyStoreWithOwnKey(t), time.Now()
		store.keys[0].SignsFrom = began.Add(early - month)
		ctx, stop := context.WithCancel(t.Context())
		var nodes sync.WaitGroup
		for range 3 {
			keyring := newKeyring(t, store, nil)
			nodes.Go(func() { _ = keyring.Run(ctx) })
		}

		time.Sleep(early - testLead - time.Second) //nolint:forbidigo // of the bubble
		synctest.Wait()
		if got := len(store.ids()); got != 1 {
			t.Errorf("%d keys before it is time", got)
		}
		time.Sleep(5 * time.Hour) //nolint:forbidigo // of the bubble
		synctest.Wait()
		if got := len(store.ids()); got != 2 {
			t.Fatalf("%d keys when it was time", got)
		}
		if from := store.all()[1].SignsFrom.Sub(began); from < early || from > early+time.Minute {
			t.Errorf("the next one signs after %v, want %v", from, early)
		}
		stop()
		nodes.Wait()
	})
}

func TestNodesReloadKeysEachMinuteAndRecoverFromAnOutage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := &memoryKeyStore{}
		keyring := newKeyring(t, store, nil)
		tokens := newAccessTokens(t, func(c *auth.AccessTokensConfig) { c.Keys, c.Now = keyring, nil })
		old := issue(t, tokens)
		ctx, stop := context.WithCancel(t.Context())
		var node sync.WaitGroup
		node.Go(func() { _ = keyring.Run(ctx) })
		store.fail(errors.New("down"))
		time.Sleep(time.Minute + time.Second) //nolint:forbidigo // of the bubble
		synctest.Wait()
		if _, err := tokens.Verify(t.Context(), old); err != nil {
			t.Errorf("in the outage: %v", err)
		}

		store.fail(nil)
		if err := newUnopenedKeyring(t, store, nil).Replace(t.Context()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute) //nolint:forbidigo // of the bubble
		synctest.Wait()

		if _, err := tokens.Verify(t.Context(), old); !errors.Is(err, auth.ErrInvalidToken) {
			t.Errorf("got %v, want ErrInvalidToken", err)
		}
		stop()
		node.Wait()
	})
}

func TestRunLogsAFailingStore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store, log := &memoryKeyStore{}, &logged{}
		keyring, err := auth.NewKeyring(auth.KeyringConfig{Keys: store, Secret: testSecret, TTL: testTTL, Log: slog.New(log)})
		if err != nil {
			t.Fatal(err)
		}
		if err := keyring.Open(t.Context()); err != nil {
			t.Fatal(err)
		}
		store.fail(errors.New("down"))
		ctx, stop := context.WithTimeout(t.Context(), 90*time.Second)
		defer stop()

		_ = keyring.Run(ctx)

		if got := log.messages(); len(got) != 1 || got[0] != "cannot reload or rotate the signing keys" {
			t.Errorf("got %v", got)
		}
	})
}

// logged is a log that a test can read.
type logged struct {
	mu    sync.Mutex
	lines []string
}

func (l *logged) messages() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lines
}

func (l *logged) Enabled(context.Context, slog.Level) bool { return true }

func (l *logged) Handle(_ context.Context, r slog.Record) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, r.Message)
	return nil
}

func (l *logged) WithAttrs([]slog.Attr) slog.Handler { return l }

func (l *logged) WithGroup(string) slog.Handler { return l }
