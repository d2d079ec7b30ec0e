package auth

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/google/uuid"
)

// PartnerScope is something that a partner's system may do, as OAuth writes it. What it comes to is in partnerPermissions.
type PartnerScope string

// The scopes.
const (
	ScopeCatalogWrite   PartnerScope = "catalog:write"
	ScopeEventsRead     PartnerScope = "events:read"
	ScopeFeedbackWrite  PartnerScope = "feedback:write"
	ScopeInventoryWrite PartnerScope = "inventory:write"
	ScopePricesWrite    PartnerScope = "prices:write"
	ScopeStaffRead      PartnerScope = "staff:read"
)

// PartnerScopes is a set of them as OAuth writes it: in alphabetical order, each once, a space between them. The zero value
// is the empty set.
type PartnerScopes string

// AllPartnerScopes are all that there are.
func AllPartnerScopes() []PartnerScope {
	return []PartnerScope{
		ScopeCatalogWrite, ScopeEventsRead, ScopeFeedbackWrite, ScopeInventoryWrite, ScopePricesWrite, ScopeStaffRead,
	}
}

// FullPartnerScopes is the set of them.
func FullPartnerScopes() PartnerScopes {
	var text strings.Builder
	for i, scope := range AllPartnerScopes() {
		if i > 0 {
			text.WriteByte(' ')
		}
		text.WriteString(string(scope))
	}
	return PartnerScopes(text.String())
}

// ParsePartnerScopes reads scopes with spaces between them, in any order. It answers ErrInvalidScope when one is none of ours.
func ParsePartnerScopes(text string) (PartnerScopes, error) {
	words := strings.Fields(text)
	slices.Sort(words)
	s := PartnerScopes(strings.Join(slices.Compact(words), " "))
	for _, scope := range s.List() {
		if !slices.Contains(AllPartnerScopes(), scope) {
			return "", ErrInvalidScope
		}
	}
	return s, nil
}

// List are the scopes of the set.
func (s PartnerScopes) List() []PartnerScope {
	words := strings.Fields(string(s))
	list := make([]PartnerScope, len(words))
	for i, word := range words {
		list[i] = PartnerScope(word)
	}
	return list
}

// IsSubsetOf reports whether the other set has all of s.
func (s PartnerScopes) IsSubsetOf(other PartnerScopes) bool {
	all := other.List()
	return !slices.ContainsFunc(s.List(), func(scope PartnerScope) bool { return !slices.Contains(all, scope) })
}

// wellFormed reports whether s is a set that ParsePartnerScopes would have made, and not the empty one.
func (s PartnerScopes) wellFormed() bool {
	parsed, err := ParsePartnerScopes(string(s))
	return err == nil && s != "" && parsed == s
}

// PartnerStores are the stores that a partner sees. The zero value is none.
type PartnerStores struct {
	All bool
	IDs []uuid.UUID
}

const (
	// partnerSecretPrefix tells people and secret scanners what they are looking at.
	partnerSecretPrefix = "aps_"
	partnerSecretBytes  = 32
)

// MaxPartnerSecrets is how many secrets of a partner are good at once: the old one, while all its systems get the new one.
const MaxPartnerSecrets = 2

// NewPartnerSecret returns a secret of 256 random bits, and the hash of it that is stored in its stead. rand is
// crypto/rand.Reader outside of tests; the error is that of reading it.
func NewPartnerSecret(rand io.Reader) (secret string, hash []byte, err error) {
	var random [partnerSecretBytes]byte
	if _, err := io.ReadFull(rand, random[:]); err != nil {
		return "", nil, fmt.Errorf("make a partner's secret: %w", err)
	}
	secret = partnerSecretPrefix + base64.RawURLEncoding.EncodeToString(random[:])
	return secret, HashPartnerSecret(secret), nil
}

// HashPartnerSecret returns the SHA-256 that is stored of a secret. A fast hash will do: nobody guesses 256 bits.
func HashPartnerSecret(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}

// CheckPartnerSecret reports whether the secret is one of those that have the hashes. It takes as long for none of them, so
// that time does not tell which partners there are.
func CheckPartnerSecret(hashes [][]byte, secret string) bool {
	given, right := HashPartnerSecret(secret), 0
	for i := range max(len(hashes), MaxPartnerSecrets) {
		hash := make([]byte, sha256.Size) // of no secret that anybody knows
		if i < len(hashes) {
			hash = hashes[i]
		}
		right |= subtle.ConstantTimeCompare(hash, given)
	}
	return right == 1
}
