package auth

import (
	"crypto/sha256"
	"encoding/binary"
	"runtime"
	"testing"
	"time"

	"github.com/google/uuid"
)

// testClock is a clock that a test moves.
type testClock struct{ now time.Time }

func newTestClock() *testClock { return &testClock{time.Unix(1_700_000_000, 0)} }

// newTestTokenCache returns a cache with the clock, and an entry that is valid for hours.
func newTestTokenCache(clock *testClock) (tokenCache, verifiedToken) {
	entry := verifiedToken{viewer: Viewer{EmployeeID: uuid.New()}, notBefore: clock.now, notAfter: clock.now.Add(10 * time.Hour)}
	return newTokenCache(func() time.Time { return clock.now }), entry
}

// size returns the number of entries.
func (c tokenCache) size() int {
	c.tokens.CleanUp()
	return c.tokens.EstimatedSize()
}

// numberedHash returns the key of the i-th token.
func numberedHash(i int) (hash tokenHash) {
	binary.BigEndian.PutUint64(hash[:], uint64(i))
	return hash
}

func TestTokenCacheIsBoundedAndHasTheNewestEntry(t *testing.T) {
	t.Parallel()
	clock := newTestClock()
	cache, entry := newTestTokenCache(clock)
	for i := range 2*maxCachedTokens + 100 {
		cache.put(numberedHash(i), entry)
		if _, ok := cache.get(numberedHash(i), clock.now); !ok {
			t.Fatalf("entry %d is missing right after put", i)
		}
	}
	if got := cache.size(); got != maxCachedTokens {
		t.Errorf("got %d entries, want %d", got, maxCachedTokens)
	}
}

func TestTokenCacheKeepsUsedEntriesAndExpiresIdleOnes(t *testing.T) {
	t.Parallel()
	clock := newTestClock()
	cache, entry := newTestTokenCache(clock)
	const used, idle = -1, -2
	cache.put(numberedHash(used), entry)
	cache.put(numberedHash(idle), entry)
	for i := range 3 {
		clock.now = clock.now.Add(tokenIdleTTL / 2)
		cache.put(numberedHash(i), entry)
		if _, ok := cache.get(numberedHash(used), clock.now); !ok {
			t.Fatalf("an entry in use is missing after %v", clock.now.Sub(entry.notBefore))
		}
	}
	if _, ok := cache.get(numberedHash(idle), clock.now); ok || cache.size() > 4 {
		t.Errorf("an idle entry is present: %v, of %d entries", ok, cache.size())
	}
}

func TestTokenCacheReturnsATokenOnlyWhileItIsValid(t *testing.T) {
	t.Parallel()
	clock := newTestClock()
	cache, entry := newTestTokenCache(clock)
	cache.put(numberedHash(0), entry)
	for at, want := range map[time.Time]bool{
		entry.notBefore.Add(-1): false, entry.notBefore: true, entry.notAfter.Add(-1): true, entry.notAfter: false,
	} {
		if _, ok := cache.get(numberedHash(0), at); ok != want {
			t.Errorf("%v after notBefore: got %v, want %v", at.Sub(entry.notBefore), ok, want)
		}
	}
}

// Each token is verified once, in whatever order the employees of 1,000 stores send theirs.
func TestTokenCacheHasRoomForTheEmployeesOf1000Stores(t *testing.T) {
	t.Parallel()
	const employees = 40_000
	clock := newTestClock()
	cache, entry := newTestTokenCache(clock)
	misses := 0
	for range 5 {
		for i := range employees {
			if _, ok := cache.get(numberedHash(i), clock.now); !ok {
				misses++
				cache.put(numberedHash(i), entry)
			}
			clock.now = clock.now.Add(5 * time.Millisecond)
		}
	}
	if misses != employees {
		t.Errorf("%d tokens were verified for %d employees", misses, employees)
	}
}

// BenchmarkTokenCacheHit measures a hit among 40,000 entries, and the memory of an entry.
func BenchmarkTokenCacheHit(b *testing.B) {
	const employees = 40_000
	now := time.Unix(1_700_000_000, 0)
	hashes := make([]tokenHash, employees)
	for i := range hashes {
		hashes[i] = sha256.Sum256(binary.BigEndian.AppendUint64(nil, uint64(i)))
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	cache := newTokenCache(time.Now)
	for _, hash := range hashes {
		cache.put(hash, verifiedToken{viewer: Viewer{EmployeeID: uuid.New()}, notBefore: now, notAfter: now.Add(time.Hour)})
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if _, ok := cache.get(hashes[i%employees], now); !ok {
			b.Fatal("the entry is missing")
		}
	}
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/employees, "B/entry")
}
