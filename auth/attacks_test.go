package auth_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"aisle/auth"
)

// attack is a token that must be refused, and the reason that the log gets.
type attack struct{ name, token, reason string }

func TestVerifyRefusesEveryAttack(t *testing.T) {
	t.Parallel()
	tokens := newTokens(t)
	attacks := keyAttacks(t)
	attacks = append(attacks, headerAttacks(t)...)
	attacks = append(attacks, claimAttacks(t)...)
	attacks = append(attacks, timeAttacks(t)...)
	attacks = append(attacks, formAttacks(t)...)
	for _, a := range attacks {
		t.Run(a.name, func(t *testing.T) {
			t.Parallel()
			for range 2 { // a cache must not change the answer
				viewer, err := tokens.Verify(a.token)
				if !errors.Is(err, auth.ErrToken) {
					t.Fatalf("got error %v, want ErrToken", err)
				}
				if viewer != (auth.Viewer{}) {
					t.Errorf("got viewer %+v beside the error", viewer)
				}
				if got := errors.Is(err, auth.ErrTokenExpired); got != (a.reason == "expired") {
					t.Errorf("is ErrTokenExpired: %t", got)
				}
				if !strings.Contains(err.Error(), a.reason) {
					t.Errorf("got reason %q, want %q", err, a.reason)
				}
				if len(err.Error()) > 200 {
					t.Errorf("the reason has %d bytes: it quotes the token", len(err.Error()))
				}
			}
		})
	}
}

// The table is only worth something when the token that its rows change is good.
func TestVerifyAcceptsWhatTheAttacksStartFrom(t *testing.T) {
	t.Parallel()
	private, _, _ := ownKey(t)

	viewer, err := newTokens(t).Verify(sign(t, jwt.SigningMethodEdDSA, private, nil, nil))

	if err != nil || viewer.Role != auth.RoleAdmin {
		t.Fatalf("got %+v, %v", viewer, err)
	}
}

func keyAttacks(t *testing.T) []attack {
	t.Helper()
	_, public, _ := ownKey(t)
	_, foreign, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	otherSecret := newTokens(t, func(c *auth.TokensConfig) { c.Secret = []byte(strings.Repeat("other", 7)) })
	const signature, unknown = "signature is invalid", "no known key"
	return []attack{
		{"alg none", sign(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, nil, nil), signature},
		{"HS256 with the public key", sign(t, jwt.SigningMethodHS256, []byte(public), nil, nil), signature},
		{"HS256 said to be EdDSA", sign(t, jwt.SigningMethodHS256, []byte(public), fields{"alg": "EdDSA"}, nil), signature},
		{"RS256", sign(t, jwt.SigningMethodRS256, rsaKey, nil, nil), signature},
		{"another key with our kid", sign(t, jwt.SigningMethodEdDSA, foreign, nil, nil), signature},
		{"another secret", issue(t, otherSecret), unknown},
		{"embedded jwk", sign(t, jwt.SigningMethodEdDSA, foreign, fields{"jwk": jwk(foreign)}, nil), "unexpected header"},
		{"embedded jwk without kid", sign(t, jwt.SigningMethodEdDSA, foreign, fields{"jwk": jwk(foreign), "kid": nil}, nil), unknown},
	}
}

// jwk is the public half of a key as a header would carry it.
func jwk(private ed25519.PrivateKey) fields {
	return fields{"kty": "OKP", "crv": "Ed25519", "x": base64.RawURLEncoding.EncodeToString(private[ed25519.SeedSize:])}
}

// headerAttacks are signed with the right key: their headers alone are wrong.
func headerAttacks(t *testing.T) []attack {
	t.Helper()
	const unknown, kind, unexpected = "no known key", "another type", "unexpected header"
	private, _, kid := ownKey(t)
	rows := []struct {
		name   string
		header fields
		reason string
	}{
		{"no kid", fields{"kid": nil}, unknown},
		{"empty kid", fields{"kid": ""}, unknown},
		{"foreign kid", fields{"kid": "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"}, unknown},
		{"path in kid", fields{"kid": "../../../../dev/null"}, unknown},
		{"URL in kid", fields{"kid": "http://169.254.169.254/key"}, unknown},
		{"SQL in kid", fields{"kid": "' UNION SELECT 'key"}, unknown},
		{"kid as a list", fields{"kid": []string{kid}}, unknown},
		{"kid as a number", fields{"kid": 1}, unknown},
		{"jku", fields{"jku": "https://evil.test/jwks.json"}, unexpected},
		{"x5u", fields{"x5u": "https://evil.test/cert.pem"}, unexpected},
		{"x5c", fields{"x5c": []string{"MIIB"}}, unexpected},
		{"critical extension", fields{"crit": []string{"b64"}, "b64": false}, unexpected},
		{"content type", fields{"cty": "JWT"}, unexpected},
		{"no typ", fields{"typ": nil}, kind},
		{"an ID token", fields{"typ": "JWT"}, kind},
		{"typ in capitals", fields{"typ": "AT+JWT"}, kind},
		{"no alg", fields{"alg": nil}, "unverifiable"},
		{"unknown alg", fields{"alg": "XX512"}, "unverifiable"},
		{"alg none over a right signature", fields{"alg": "none"}, "signature is invalid"},
		{"alg in small letters", fields{"alg": "eddsa"}, "unverifiable"},
	}
	attacks := make([]attack, 0, len(rows))
	for _, row := range rows {
		attacks = append(attacks, attack{row.name, sign(t, jwt.SigningMethodEdDSA, private, row.header, nil), row.reason})
	}
	return attacks
}

// claimAttacks are signed with the right key: what they claim is wrong.
func claimAttacks(t *testing.T) []attack {
	t.Helper()
	const missing, viewer, malformed = "missing required claim", "names no viewer", "malformed"
	rows := []struct {
		name   string
		claims fields
		reason string
	}{
		{"another issuer", fields{"iss": "https://evil.test"}, "invalid issuer"},
		{"no issuer", fields{"iss": nil}, missing},
		{"issuer with a slash", fields{"iss": testIssuer + "/"}, "invalid issuer"},
		{"another audience", fields{"aud": "other"}, "invalid audience"},
		{"another audience, long expired", fields{"aud": "other", "exp": 1}, "invalid audience"},
		{"no audience", fields{"aud": nil}, missing},
		{"empty audience", fields{"aud": []string{}}, missing},
		{"no expiry", fields{"exp": nil}, missing},
		{"expiry zero", fields{"exp": 0}, "expired"},
		{"expiry as text", fields{"exp": "tomorrow"}, malformed},
		{"expiry with 500 digits", fields{"exp": jsonNumber(strings.Repeat("9", 500))}, malformed},
		{"no not-before", fields{"nbf": nil}, missing},
		{"no subject", fields{"sub": nil}, viewer},
		{"subject is no id", fields{"sub": "admin"}, viewer},
		{"subject is the zero id", fields{"sub": "00000000-0000-0000-0000-000000000000"}, viewer},
		{"no session", fields{"sid": nil}, viewer},
		{"no session, expired", fields{"sid": nil, "exp": 1}, viewer},
		{"session is no id", fields{"sid": "1"}, malformed},
		{"no role", fields{"role": nil}, viewer},
		{"unknown role", fields{"role": "ROOT"}, viewer},
		{"two roles", fields{"role": []string{"ASSOCIATE", "ADMIN"}}, malformed},
		{"store role without a store", fields{"role": auth.RoleAssociate}, viewer},
		{"region role without a region", fields{"role": auth.RoleRegionManager, "store": ownStore.String()}, viewer},
	}
	private, _, _ := ownKey(t)
	attacks := make([]attack, 0, len(rows))
	for _, row := range rows {
		attacks = append(attacks, attack{row.name, sign(t, jwt.SigningMethodEdDSA, private, nil, row.claims), row.reason})
	}
	return attacks
}

// jsonNumber is written into the claims as it is.
type jsonNumber string

func (n jsonNumber) MarshalJSON() ([]byte, error) { return []byte(n), nil }

func timeAttacks(t *testing.T) []attack {
	t.Helper()
	private, _, _ := ownKey(t)
	at := func(claim string, d time.Duration) string {
		return sign(t, jwt.SigningMethodEdDSA, private, nil, fields{claim: testNow.Add(d).Unix()})
	}
	return []attack{
		{"expired, just outside of the leeway", at("exp", -testLeeway), "expired"},
		{"expired yesterday", at("exp", -24*time.Hour), "expired"},
		{"not yet valid, just outside of the leeway", at("nbf", testLeeway+time.Second), "not valid yet"},
		{"issued in the future", at("iat", testLeeway+time.Second), "before issued"},
	}
}

// formAttacks are no well-formed tokens, or a good one that was changed after it was signed.
func formAttacks(t *testing.T) []attack {
	t.Helper()
	const malformed, signature = "malformed", "signature is invalid"
	good := issue(t, newTokens(t))
	head, rest, _ := strings.Cut(good, ".")
	payload, sig, _ := strings.Cut(rest, ".")
	claims, err := base64.RawURLEncoding.DecodeString(payload)
	if err != nil {
		t.Fatal(err)
	}
	changed := base64.RawURLEncoding.EncodeToString([]byte(strings.Replace(string(claims), "STORE_MANAGER", "ADMIN", 1)))
	doubled := base64.RawURLEncoding.EncodeToString([]byte(`{"role":"ADMIN",` + string(claims[1:])))
	segment := func(json string) string { return base64.RawURLEncoding.EncodeToString([]byte(json)) }
	return []attack{
		{"changed payload", head + "." + changed + "." + sig, signature},
		{"role twice in the payload", head + "." + doubled + "." + sig, signature},
		{"no signature", head + "." + payload + ".", signature},
		{"half of the signature", head + "." + payload + "." + sig[:len(sig)/2], ""},
		{"another spelling of the signature's last bits", good[:len(good)-1] + string(nextBase64(good[len(good)-1])), malformed},
		{"line break in the signature", good[:len(good)-4] + "\n" + good[len(good)-4:], malformed},
		{"padded", good + "==", malformed},
		{"space behind", good + " ", malformed},
		{"two parts", head + "." + payload, malformed},
		{"four parts", good + "." + sig, malformed},
		{"JSON serialization", `{"payload":"` + payload + `","signatures":[]}`, malformed},
		{"null header", segment("null") + "." + payload + "." + sig, "unverifiable"},
		{"null payload", head + "." + segment("null") + "." + sig, signature},
		{"list as payload", head + "." + segment("[]") + "." + sig, malformed},
		{"deeply nested payload", head + "." + segment(strings.Repeat("[", 5000)) + "." + sig, malformed},
		{"just over 8 KiB", good + strings.Repeat("A", 8<<10+1-len(good)), "too long"},
		{"just 8 KiB", good + strings.Repeat("A", 8<<10-len(good)), malformed},
		{"1 MB", strings.Repeat("A", 1<<20), "too long"},
		{"1 MB of dots", strings.Repeat(".", 1<<20), "too long"},
		{"garbage", "\x00\xff{}<script>", malformed},
		{"dots", "..", malformed},
		{"empty", "", malformed},
	}
}

// nextBase64 is another digit that only differs in bits that the last digit of 64 bytes does not use.
func nextBase64(digit byte) byte {
	const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	return digits[strings.IndexByte(digits, digit)^1]
}
