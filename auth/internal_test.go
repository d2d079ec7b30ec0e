package auth

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"runtime"
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

// numbered is the key of an i-th token.
func numbered(i int) (sum [sha256.Size]byte) {
	binary.BigEndian.PutUint64(sum[:], uint64(i))
	return sum
}

func TestCacheIsBoundedAndKeepsTheNewest(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_700_000_000, 0)
	cache := verifiedCache{}
	entry := verified{viewer: Viewer{EmployeeID: uuid.New()}, notBefore: now, notAfter: now.Add(time.Minute)}
	for i := range 3*mostVerified + 100 {
		cache.put(numbered(i), entry, now)
		if _, ok := cache.get(numbered(i), now); !ok {
			t.Fatalf("entry %d is gone at once", i)
		}
	}
	if got := len(cache.young) + len(cache.old); got != mostVerified+100 {
		t.Errorf("got %d entries, want %d", got, mostVerified+100)
	}
}

func TestCacheKeepsATokenThatIsSentAndForgetsOneThatIsNot(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_700_000_000, 0)
	cache, entry := verifiedCache{}, verified{notBefore: now, notAfter: now.Add(10 * verifiedFor)}
	const sent, silent = -1, -2
	cache.put(numbered(sent), entry, now)
	cache.put(numbered(silent), entry, now)
	for i := range 3 {
		now = now.Add(verifiedFor)
		cache.put(numbered(i), entry, now)
		if _, ok := cache.get(numbered(sent), now); !ok {
			t.Fatalf("a token that is sent is gone after %v", now.Sub(entry.notBefore))
		}
	}
	if _, ok := cache.get(numbered(silent), now); ok || len(cache.young)+len(cache.old) > 4 {
		t.Errorf("one that nobody sends is still there: %v, of %d", ok, len(cache.young)+len(cache.old))
	}
}

// Few of a crowd may be verified twice, however they take turns.
func TestCacheHasRoomForAllWhoWorkAtANode(t *testing.T) {
	t.Parallel()
	const people = 40_000
	now := time.Unix(1_700_000_000, 0)
	cache, entry := verifiedCache{}, verified{notBefore: now, notAfter: now.Add(10 * verifiedFor)}
	missed := 0
	for range 5 {
		for i := range people {
			if _, ok := cache.get(numbered(i), now); !ok {
				missed++
				cache.put(numbered(i), entry, now)
			}
			now = now.Add(5 * time.Millisecond)
		}
	}
	if missed != people {
		t.Errorf("%d were verified for %d people", missed, people)
	}
}

// BenchmarkAVerifiedToken is what a token costs that was verified before, of one of 40,000 people, and what it takes to keep.
func BenchmarkAVerifiedToken(b *testing.B) {
	const people = 40_000
	now := time.Unix(1_700_000_000, 0)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	cache := &verifiedCache{}
	for i := range people {
		cache.put(sha256.Sum256(binary.BigEndian.AppendUint64(nil, uint64(i))),
			verified{viewer: Viewer{EmployeeID: uuid.New()}, notBefore: now, notAfter: now.Add(time.Hour)}, now)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	sums := make([][sha256.Size]byte, 0, people)
	for sum := range cache.young {
		sums = append(sums, sum)
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if _, ok := cache.get(sums[i%people], now); !ok {
			b.Fatal("it is gone")
		}
	}
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/people, "B/entry")
}
