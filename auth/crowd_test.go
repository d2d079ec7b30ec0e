package auth_test

import (
	"math/rand/v2"
	"testing"

	"aisle/auth"
)

// BenchmarkVerifyOfACrowd is what a request's token costs where 15,000 people send theirs again and again, at random.
func BenchmarkVerifyOfACrowd(b *testing.B) {
	const people = 15_000
	tokens, viewer := newTokens(b), viewers()[auth.RoleAssociate]
	sent := make([]string, people)
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
		if _, err := tokens.Verify(b.Context(), sent[random.IntN(people)]); err != nil {
			b.Fatal(err)
		}
	}
}
