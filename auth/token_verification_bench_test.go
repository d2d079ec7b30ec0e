package auth_test

import (
	"math/rand/v2"
	"testing"

	"aisle/auth"
)

// BenchmarkVerifyTokensOf15000Viewers measures Verify when 15,000 viewers send their tokens in random order.
func BenchmarkVerifyTokensOf15000Viewers(b *testing.B) {
	const viewerCount = 15_000
	tokens, viewer := newAccessTokens(b), viewers()[auth.RoleAssociate]
	sent := make([]string, viewerCount)
	for i := range sent {
		token, _, err := tokens.Issue(viewer)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := tokens.Verify(b.Context(), token); err != nil {
			b.Fatal(err)
		}
		sent[i] = token
	}
	random := rand.New(rand.NewPCG(1, 2))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := tokens.Verify(b.Context(), sent[random.IntN(viewerCount)]); err != nil {
			b.Fatal(err)
		}
	}
}
