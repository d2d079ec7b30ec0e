package auth

import (
	"crypto/sha256"
	"time"

	"github.com/maypok86/otter/v2"
)

// The cache has room for a node of 1,000 stores with 40 employees each. An entry takes about 350 bytes.
const (
	maxCachedTokens = 131_072
	tokenIdleTTL    = 30 * time.Minute // longer than an access token is valid, so that an entry in use is not dropped
)

// tokenHash is the SHA-256 of a token.
type tokenHash [sha256.Size]byte

// verifiedToken is the result of verifying a token, and the time for which it holds. The time includes the leeway.
type verifiedToken struct {
	viewer    Viewer
	kid       string // the key of ours that signed the token; empty for an external issuer's token
	notBefore time.Time
	notAfter  time.Time
}

// tokenCache caches verified tokens, so that a signature is checked once and not at each request. Only tokens that passed
// every check are cached, so that invalid ones cannot evict them.
type tokenCache struct {
	tokens *otter.Cache[tokenHash, *verifiedToken]
}

func newTokenCache(now func() time.Time) tokenCache {
	return tokenCache{otter.Must(&otter.Options[tokenHash, *verifiedToken]{
		MaximumSize:      maxCachedTokens,
		ExpiryCalculator: otter.ExpiryAccessing[tokenHash, *verifiedToken](tokenIdleTTL),
		Clock:            cacheClock{now},
		Executor:         func(f func()) { f() }, // maintenance is short and needs no goroutine
	})}
}

// get returns a verified token that is valid at now. The caller checks whether the key still verifies.
func (c tokenCache) get(hash tokenHash, now time.Time) (verifiedToken, bool) {
	token, ok := c.tokens.GetIfPresent(hash)
	if !ok || now.Before(token.notBefore) || !now.Before(token.notAfter) {
		return verifiedToken{}, false
	}
	return *token, true
}

// put caches a verified token.
func (c tokenCache) put(hash tokenHash, token verifiedToken) { c.tokens.Set(hash, &token) }

// cacheClock is the clock of the cache.
type cacheClock struct{ now func() time.Time }

// NowNano returns the time in nanoseconds.
func (c cacheClock) NowNano() int64 { return c.now().UnixNano() }

// Tick returns nil: expired entries are removed by later accesses, without a goroutine that must be stopped.
func (cacheClock) Tick(time.Duration) <-chan time.Time { return nil }
