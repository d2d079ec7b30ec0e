package access_test

import (
	"bytes"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"aisle/app/localpg/pgtest"
	"aisle/auth"
	"aisle/store"
	"aisle/store/access"
	"aisle/store/postgres"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

var now = time.Date(2026, 3, 2, 17, 0, 0, 0, time.UTC)

func newKeyStore(t *testing.T) (*access.KeyStore, *postgres.Pool) {
	t.Helper()
	pool, err := postgres.Open(t.Context(), pgtest.New(t), postgres.Options{MaxConns: 8})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return access.NewKeyStore(pool), pool
}

// listKeys returns all keys, in the order in which they sign.
func listKeys(t *testing.T, keys *access.KeyStore) []auth.SealedKey {
	t.Helper()
	list, err := keys.Keys(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	auth.SortKeys(list)
	return list
}

// replaceKeys replaces all keys.
func replaceKeys(t *testing.T, keys *access.KeyStore, list ...auth.SealedKey) {
	t.Helper()
	err := keys.ChangeKeys(t.Context(), func([]auth.SealedKey) ([]auth.SealedKey, error) { return list, nil })
	if err != nil {
		t.Fatal(err)
	}
}

func key(id string, signsFrom time.Time) auth.SealedKey {
	return auth.SealedKey{ID: id, Sealed: []byte("sealed " + id), PublishedAt: now, SignsFrom: signsFrom}
}

func newKeyring(t *testing.T, keys *access.KeyStore, secret string) *auth.Keyring {
	t.Helper()
	ring, err := auth.NewKeyring(auth.KeyringConfig{
		Keys: keys, Secret: bytes.Repeat([]byte(secret), 32), TTL: time.Minute, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	return ring
}

func TestKeysAreStoredUnchanged(t *testing.T) {
	t.Parallel()
	keys, _ := newKeyStore(t)
	old, next := key("old", now), key("next", now.Add(time.Hour))
	old.VerifiesUntil = now.Add(2 * time.Hour)

	replaceKeys(t, keys, old, next)

	if diff := cmp.Diff([]auth.SealedKey{old, next}, listKeys(t, keys), cmp.Comparer(time.Time.Equal)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestChangeKeysReplacesAllKeys(t *testing.T) {
	t.Parallel()
	keys, _ := newKeyStore(t)
	replaceKeys(t, keys, key("gone", now), key("changed", now.Add(1)))
	changed := key("changed", now)
	changed.VerifiesUntil = now.Add(time.Minute)

	var given []string
	err := keys.ChangeKeys(t.Context(), func(stored []auth.SealedKey) ([]auth.SealedKey, error) {
		for _, k := range stored {
			given = append(given, k.ID)
		}
		return []auth.SealedKey{changed, key("new", now.Add(time.Hour))}, nil
	})
	if err != nil {
		t.Fatal(err)
	}

	slices.Sort(given)
	if diff := cmp.Diff([]string{"changed", "gone"}, given); diff != "" {
		t.Errorf("f got: -want +got:\n%s", diff)
	}
	if diff := cmp.Diff([]auth.SealedKey{changed, key("new", now.Add(time.Hour))}, listKeys(t, keys), cmp.Comparer(time.Time.Equal)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestFailedChangeChangesNothing(t *testing.T) {
	t.Parallel()
	keys, _ := newKeyStore(t)
	replaceKeys(t, keys, key("kept", now))
	failure := errors.New("no")

	err := keys.ChangeKeys(t.Context(), func([]auth.SealedKey) ([]auth.SealedKey, error) { return nil, failure })

	if got := listKeys(t, keys); !errors.Is(err, failure) || len(got) != 1 || got[0].ID != "kept" {
		t.Errorf("%v, %v", err, got)
	}
}

func TestKeysCanBeReadWhileTheyAreChanged(t *testing.T) {
	t.Parallel()
	keys, _ := newKeyStore(t)
	replaceKeys(t, keys, key("kept", now))

	err := keys.ChangeKeys(t.Context(), func([]auth.SealedKey) ([]auth.SealedKey, error) {
		got, err := keys.Keys(t.Context())
		if err != nil || len(got) != 1 {
			t.Errorf("%v, %v", got, err)
		}
		return nil, nil
	})
	if err != nil {
		t.Error(err)
	}
}

// All nodes of a new installation start at once.
func TestNodesThatStartAtOnceCreateOneKey(t *testing.T) {
	t.Parallel()
	keys, _ := newKeyStore(t)
	var nodes sync.WaitGroup
	for range 6 {
		ring := newKeyring(t, keys, "s")
		nodes.Go(func() {
			if err := ring.Open(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	nodes.Wait()

	if got := listKeys(t, keys); len(got) != 1 {
		t.Errorf("%d keys", len(got))
	}
}

func TestTokenIsValidOnEveryNode(t *testing.T) {
	t.Parallel()
	keys, _ := newKeyStore(t)
	node := func() *auth.AccessTokens {
		ring := newKeyring(t, keys, "s")
		if err := ring.Open(t.Context()); err != nil {
			t.Fatal(err)
		}
		tokens, err := auth.NewAccessTokens(auth.AccessTokensConfig{Issuer: "test", Audience: "test", TTL: time.Minute, Keys: ring})
		if err != nil {
			t.Fatal(err)
		}
		return tokens
	}
	token, _, err := node().Issue(auth.Viewer{EmployeeID: store.NewID(), SessionID: store.NewID(), Role: auth.RoleAdmin})
	if err != nil {
		t.Fatal(err)
	}

	if _, err := node().Verify(t.Context(), token); err != nil {
		t.Error(err)
	}
}

func TestWrongSecretIsRejectedAndChangesNothing(t *testing.T) {
	t.Parallel()
	keys, _ := newKeyStore(t)
	if err := newKeyring(t, keys, "s").Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	before := listKeys(t, keys)

	if err := newKeyring(t, keys, "x").Open(t.Context()); !errors.Is(err, auth.ErrWrongSecret) {
		t.Errorf("got %v, want ErrSecret", err)
	}
	if diff := cmp.Diff(before, listKeys(t, keys), cmp.Comparer(time.Time.Equal)); diff != "" {
		t.Errorf("-before +after:\n%s", diff)
	}
}

// Write access to the database is not enough to issue tokens: a key that is inserted there cannot be opened with the secret.
func TestInsertedKeyIsRejected(t *testing.T) {
	t.Parallel()
	keys, pool := newKeyStore(t)
	ring := newKeyring(t, keys, "s")
	if err := ring.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, err := pool.Exec(t.Context(), `INSERT INTO access.signing_key (id, sealed, published_at, signs_from)
		SELECT $1, sealed, now(), now() FROM access.signing_key`, strings.Repeat("A", 43))
	if err != nil {
		t.Fatal(err)
	}

	if err := newKeyring(t, keys, "s").Open(t.Context()); !errors.Is(err, auth.ErrWrongSecret) {
		t.Errorf("got %v, want ErrSecret", err)
	}
}
