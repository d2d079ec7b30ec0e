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

// PartnerScope is an OAuth scope of a partner's client. Its permissions are in partnerPermissions.
type PartnerScope string

// The scopes.
const (
	ScopeCatalogRead    PartnerScope = "catalog:read"
	ScopeCatalogWrite   PartnerScope = "catalog:write"
	ScopeEventsRead     PartnerScope = "events:read"
	ScopeFeedbackWrite  PartnerScope = "feedback:write"
	ScopeInventoryRead  PartnerScope = "inventory:read"
	ScopeInventoryWrite PartnerScope = "inventory:write"
	ScopePricesRead     PartnerScope = "prices:read"
	ScopePricesWrite    PartnerScope = "prices:write"
	ScopeStaffRead      PartnerScope = "staff:read"
	ScopeStoresRead     PartnerScope = "stores:read"
)

// PartnerScopes is a set of scopes in the format of OAuth: sorted, without duplicates, separated by spaces. The zero value is the
// empty set.
type PartnerScopes string

// AllPartnerScopes returns every scope, sorted.
func AllPartnerScopes() []PartnerScope {
	return []PartnerScope{
		ScopeCatalogRead, ScopeCatalogWrite, ScopeEventsRead, ScopeFeedbackWrite, ScopeInventoryRead, ScopeInventoryWrite,
		ScopePricesRead, ScopePricesWrite, ScopeStaffRead, ScopeStoresRead,
	}
}

// FullPartnerScopes returns the set of all scopes.
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

// NewPartnerScopes returns the set of the scopes, which may be in any order and repeated.
func NewPartnerScopes(scopes ...PartnerScope) PartnerScopes {
	words := make([]string, len(scopes))
	for i, scope := range scopes {
		words[i] = string(scope)
	}
	slices.Sort(words)
	return PartnerScopes(strings.Join(slices.Compact(words), " "))
}

// ParsePartnerScopes parses scopes that are separated by spaces, in any order. It returns ErrInvalidScope if one is unknown.
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

// List returns the scopes of the set, sorted.
func (s PartnerScopes) List() []PartnerScope {
	words := strings.Fields(string(s))
	list := make([]PartnerScope, len(words))
	for i, word := range words {
		list[i] = PartnerScope(word)
	}
	return list
}

// IsSubsetOf reports whether other has all scopes of s.
func (s PartnerScopes) IsSubsetOf(other PartnerScopes) bool {
	all := other.List()
	return !slices.ContainsFunc(s.List(), func(scope PartnerScope) bool { return !slices.Contains(all, scope) })
}

// isValid reports whether s is in the format of ParsePartnerScopes and not empty.
func (s PartnerScopes) isValid() bool {
	parsed, err := ParsePartnerScopes(string(s))
	return err == nil && s != "" && parsed == s
}

// PartnerStores are the stores that a partner can access. The zero value is none.
type PartnerStores struct {
	All bool
	IDs []uuid.UUID
}

const (
	// partnerSecretPrefix identifies the kind of secret to people and secret scanners.
	partnerSecretPrefix = "aps_"
	partnerSecretBytes  = 32
)

// MaxPartnerSecrets is the number of valid secrets that a partner can have: the old one stays valid while its systems change to the
// new one.
const MaxPartnerSecrets = 2

// NewPartnerSecret returns a secret of 256 random bits and its hash, which is what to store. rand is crypto/rand.Reader except in
// tests.
func NewPartnerSecret(rand io.Reader) (secret string, hash []byte, err error) {
	var random [partnerSecretBytes]byte
	if _, err := io.ReadFull(rand, random[:]); err != nil {
		return "", nil, fmt.Errorf("generate a partner's secret: %w", err)
	}
	secret = partnerSecretPrefix + base64.RawURLEncoding.EncodeToString(random[:])
	return secret, HashPartnerSecret(secret), nil
}

// HashPartnerSecret returns the SHA-256 of a secret. A fast hash is enough, because the secret has 256 random bits.
func HashPartnerSecret(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}

// CheckPartnerSecret reports whether the secret has one of the hashes. It takes the same time without hashes, so that timing does not
// reveal which partners exist.
func CheckPartnerSecret(hashes [][]byte, secret string) bool {
	given, match := HashPartnerSecret(secret), 0
	for i := range max(len(hashes), MaxPartnerSecrets) {
		hash := make([]byte, sha256.Size) // matches no secret
		if i < len(hashes) {
			hash = hashes[i]
		}
		match |= subtle.ConstantTimeCompare(hash, given)
	}
	return match == 1
}
