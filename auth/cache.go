package auth

import (
	"crypto/sha256"
	"sync"
	"time"
)

// A cache has two generations of tokens. The figures are for a node of 1,000 stores of 40, all of whom are at work: each entry
// takes about 300 bytes, so that they take 12 MB, twice that after all have been given the next token, and 40 MB at most.
const (
	mostVerified = 65_536           // in a generation
	verifiedFor  = 15 * time.Minute // that a generation is the young one, which is how long our tokens are valid
)

// verified is a token that has passed every check, and the time in which that stays true. Leeway is included.
type verified struct {
	viewer    Viewer
	kid       string // of our key that signed it; empty for a foreign one
	notBefore time.Time
	notAfter  time.Time
}

// verifiedCache remembers verified tokens by their SHA-256, so that a signature is checked once and not at each
// request. Only tokens that passed get in, so that garbage cannot push them out. What nobody sends any more is forgotten
// with its generation: tokens are replaced often, and how often one came says nothing of whether it comes again.
type verifiedCache struct {
	mu         sync.Mutex
	young, old map[[sha256.Size]byte]*verified
	since      time.Time // when the young began
}

// get returns a token that was verified before and is valid at now. Whether its key still is, the caller asks the ring.
func (c *verifiedCache) get(sum [sha256.Size]byte, now time.Time) (verified, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	entry := c.young[sum]
	if entry == nil {
		if entry = c.old[sum]; entry == nil {
			return verified{}, false
		}
		c.add(sum, entry, now)
	}
	if now.Before(entry.notBefore) || !now.Before(entry.notAfter) {
		return verified{}, false
	}
	return *entry, true
}

// put remembers a verified token.
func (c *verifiedCache) put(sum [sha256.Size]byte, entry verified, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.add(sum, &entry, now)
}

// add makes a token one of the young, whom it lets grow old first when they are many, or have been young for long.
func (c *verifiedCache) add(sum [sha256.Size]byte, entry *verified, now time.Time) {
	if c.young == nil || len(c.young) >= mostVerified || now.Sub(c.since) >= verifiedFor {
		c.old, c.young, c.since = c.young, make(map[[sha256.Size]byte]*verified, len(c.young)), now
	}
	c.young[sum] = entry
}
