package auth_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	"aisle/auth"
)

func newPasswords(t *testing.T) *auth.Passwords {
	t.Helper()
	passwords, err := auth.NewPasswords(1)
	if err != nil {
		t.Fatal(err)
	}
	return passwords
}

func TestPasswordIsCheckedAgainstItsHash(t *testing.T) {
	t.Parallel()
	passwords := newPasswords(t)
	hash, err := passwords.Hash(t.Context(), "aisle-demo")
	if err != nil {
		t.Fatal(err)
	}
	if want := "$argon2id$v=19$m=19456,t=2,p=1$"; !strings.HasPrefix(hash, want) {
		t.Errorf("got hash %s, want %s...", hash, want)
	}
	for name, row := range map[string]struct {
		hash, password string
		want           bool
	}{
		"right":                      {hash, "aisle-demo", true},
		"wrong":                      {hash, "aisle-Demo", false},
		"empty":                      {hash, "", false},
		"unknown login":              {"", "aisle-demo", false},
		"unknown login, no password": {"", "", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := passwords.Check(t.Context(), row.hash, row.password)
			if err != nil || got != row.want {
				t.Errorf("got %t, %v, want %t", got, err, row.want)
			}
		})
	}
}

func TestHashIsSalted(t *testing.T) {
	t.Parallel()
	passwords := newPasswords(t)
	first, err1 := passwords.Hash(t.Context(), "aisle-demo")
	second, err2 := passwords.Hash(t.Context(), "aisle-demo")
	if err1 != nil || err2 != nil || first == second {
		t.Errorf("got %s, %v and %s, %v", first, err1, second, err2)
	}
}

func TestDamagedHashIsAnErrorThatDoesNotQuoteIt(t *testing.T) {
	t.Parallel()
	const salt, key = "c2FsdHNhbHRzYWx0c2FsdA", "a2V5a2V5a2V5a2V5a2V5a2V5a2V5a2V5a2V5a2V5a2U"
	passwords := newPasswords(t)
	for name, hash := range map[string]string{
		"plain text":     "aisle-demo",
		"bcrypt":         "$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy",
		"empty key":      "$argon2id$v=19$m=19456,t=2,p=1$" + salt + "$",
		"empty salt":     "$argon2id$v=19$m=19456,t=2,p=1$$" + key,
		"no iterations":  "$argon2id$v=19$m=19456,t=0,p=1$" + salt + "$" + key,
		"endless":        "$argon2id$v=19$m=19456,t=4000000000,p=1$" + salt + "$" + key,
		"no parallelism": "$argon2id$v=19$m=19456,t=2,p=0$" + salt + "$" + key,
		"4 TB of memory": "$argon2id$v=19$m=4000000000,t=2,p=1$" + salt + "$" + key,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			match, err := passwords.Check(t.Context(), hash, "aisle-demo")
			if match || err == nil {
				t.Fatalf("got %t, %v", match, err)
			}
			if strings.Contains(err.Error(), hash) {
				t.Errorf("the error %q tells the hash", err)
			}
		})
	}
}

func TestCheckFailsIfTheContextHasEnded(t *testing.T) {
	t.Parallel()
	passwords := newPasswords(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()

	_, hashErr := passwords.Hash(ctx, "aisle-demo")
	_, checkErr := passwords.Check(ctx, "", "aisle-demo")

	if !errors.Is(hashErr, context.Canceled) || !errors.Is(checkErr, context.Canceled) {
		t.Errorf("got %v and %v, want context.Canceled", hashErr, checkErr)
	}
}

func TestWaitingForASlotEndsWithTheContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		passwords := newPasswords(t)
		release := passwords.Occupy()
		ctx, cancel := context.WithCancel(t.Context())
		result := make(chan error, 1)
		go func() {
			_, err := passwords.Check(ctx, "", "aisle-demo")
			result <- err
		}()
		synctest.Wait() // until the check waits for its turn

		cancel()

		if err := <-result; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want context.Canceled", err)
		}
		release()
		if _, err := passwords.Check(t.Context(), "", "aisle-demo"); err != nil {
			t.Errorf("after the release: %v", err)
		}
	})
}

func TestNewPasswordsNeedsAtLeastOneSlot(t *testing.T) {
	t.Parallel()
	if _, err := auth.NewPasswords(0); err == nil {
		t.Error("got no error")
	}
}
