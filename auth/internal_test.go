package auth

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"
)

// The example of RFC 8037, appendix A.3.
func TestThumbprintIsThatOfTheRFC(t *testing.T) {
	t.Parallel()
	public, err := base64.RawURLEncoding.DecodeString("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := thumbprint(ed25519.PublicKey(public)), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestWhatDoesNotAnswerIsGivenUpAfter5Seconds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		began, loads := time.Now(), newSeldom(time.Now)

		err := loads.do(t.Context(), 0, func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() })

		if !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != 5*time.Second {
			t.Errorf("%v after %v", err, time.Since(began))
		}
	})
}

// Whoever asks and goes away must not keep the others from it.
func TestWhatWasAskedForIsDoneAlthoughTheCallerIsGone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, leave := context.WithCancel(t.Context())

		err := newSeldom(time.Now).do(ctx, time.Minute, func(ctx context.Context) error { leave(); return ctx.Err() })
		if err != nil {
			t.Error(err)
		}
	})
}

func TestThoseWhoComeMeanwhileWaitAndFindItDone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		loads, done := newSeldom(time.Now), 0
		f := func(context.Context) error {
			time.Sleep(time.Second) //nolint:forbidigo // of the bubble
			done++
			return t.Context().Err()
		}
		var callers sync.WaitGroup
		for range 10 {
			callers.Go(func() {
				if err := loads.do(t.Context(), time.Minute, f); err != nil || done != 1 {
					t.Errorf("%v, done %d times", err, done)
				}
			})
		}
		callers.Wait()
	})
}

func TestWhoeverWaitsMayLeave(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		loads := newSeldom(time.Now)
		var first sync.WaitGroup
		first.Go(func() {
			_ = loads.do(t.Context(), 0, func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() })
		})
		synctest.Wait()
		ctx, leave := context.WithTimeout(t.Context(), time.Second)
		defer leave()

		err := loads.do(ctx, 0, func(context.Context) error { t.Error("it was done twice at once"); return nil })

		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		first.Wait()
	})
}

func TestCacheIsBoundedAndKeepsTheNewest(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_700_000_000, 0)
	cache := verifiedCache{entries: map[[sha256.Size]byte]verified{}}
	for i := range uint64(verifiedCacheSize + 100) {
		var sum [sha256.Size]byte
		binary.BigEndian.PutUint64(sum[:], i)
		cache.put(sum, verified{viewer: Viewer{EmployeeID: uuid.New()}, notBefore: now, notAfter: now.Add(time.Minute)})
		if _, ok := cache.get(sum, now); !ok {
			t.Fatalf("entry %d is gone at once", i)
		}
	}
	if got := len(cache.entries); got != verifiedCacheSize {
		t.Errorf("got %d entries, want %d", got, verifiedCacheSize)
	}
}
