package auth

import (
	"crypto/sha256"
	"sync"
	"time"
)

// verifiedCacheSize bounds the memory of a cache: about 250 bytes an entry.
const verifiedCacheSize = 8192

// verified is a token that has passed every check, and the time in which that stays true. Leeway is included.
type verified struct {
	viewer    Viewer
	kid       string // of our key that signed it; empty for a foreign one
	notBefore time.Time
	notAfter  time.Time
}

// verifiedCache remembers verified tokens by their SHA-256, so that a signature is checked once and not at each
// request. Only tokens that passed get in, so that garbage cannot push them out.
type verifiedCache struct {
	mu      sync.Mutex
	entries map[[sha256.Size]byte]verified
}

// get returns a token that was verified before and is valid at now. Whether its key still is, the caller asks the ring.
func (c *verifiedCache) get(sum [sha256.Size]byte, now time.Time) (verified, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	entry, ok := c.entries[sum]
	if !ok || now.Before(entry.notBefore) || !now.Before(entry.notAfter) {
		return verified{}, false
	}
	return entry, true
}

// put remembers a verified token. A full cache forgets any other one: which does not matter, it is verified anew.
func (c *verifiedCache) put(sum [sha256.Size]byte, entry verified) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.entries) >= verifiedCacheSize {
		for other := range c.entries {
			delete(c.entries, other)
			break
		}
	}
	c.entries[sum] = entry
}
