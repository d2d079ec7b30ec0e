package auth

import (
	"time"

	"github.com/golang-jwt/jwt/v5"
)

const (
	algEdDSA      = "EdDSA"          // signs our tokens
	tokenType     = "at+jwt"         // RFC 9068
	headerFields  = 3                // alg, typ, kid
	maxTokenBytes = 8 << 10          // our tokens have about 600
	leeway        = 30 * time.Second // tolerated difference between the clocks of two machines
)

// parserOptions returns the options that apply to the tokens of every issuer.
func parserOptions(issuer, audience string, now func() time.Time) []jwt.ParserOption {
	return []jwt.ParserOption{
		jwt.WithIssuer(issuer),
		jwt.WithAudience(audience),
		jwt.WithExpirationRequired(),
		jwt.WithIssuedAt(),
		jwt.WithLeeway(leeway),
		jwt.WithTimeFunc(now),
		jwt.WithStrictDecoding(),
	}
}
