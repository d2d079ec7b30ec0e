package auth_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"aisle/auth"
)

// attack is a token that must be rejected, and the reason for the log.
type attack struct{ name, token, reason string }

func TestVerifyRejectsEveryAttack(t *testing.T) {
	t.Parallel()
	tokens := newAccessTokens(t)
	attacks := keyAttacks(t)
	attacks = append(attacks, headerAttacks(t)...)
	attacks = append(attacks, claimAttacks(t)...)
	attacks = append(attacks, timeAttacks(t)...)
	attacks = append(attacks, syntaxAttacks(t)...)
	attacks = append(attacks, duplicateMemberAttacks(t)...)
	for _, a := range attacks {
		t.Run(a.name, func(t *testing.T) {
			t.Parallel()
			for range 2 { // a cache must not change the answer
				viewer, err := tokens.Verify(t.Context(), a.token)
				if !errors.Is(err, auth.ErrInvalidToken) {
					t.Fatalf("got error %v, want ErrInvalidToken", err)
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

// The attacks prove something only if the token that they modify is valid.
func TestVerifyAcceptsTheUnmodifiedToken(t *testing.T) {
	t.Parallel()
	private, _, _ := ownKey(t)

	viewer, err := newAccessTokens(t).Verify(t.Context(), sign(t, jwt.SigningMethodEdDSA, private, nil, nil))

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
	otherKey := newAccessTokens(t, func(c *auth.AccessTokensConfig) { c.Keys = newKeyring(t, &memoryKeyStore{}, c.Now) })
	ecKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	block := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	const signature, unknown = "signature is invalid", "no known key"
	return []attack{
		{"alg none", sign(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, nil, nil), signature},
		{"HS256 with the public key", sign(t, jwt.SigningMethodHS256, []byte(public), nil, nil), signature},
		{"HS256 with the public key in PEM", sign(t, jwt.SigningMethodHS256, block, nil, nil), signature},
		{"HS256 with the public key in DER", sign(t, jwt.SigningMethodHS256, der, nil, nil), signature},
		{"HS512 with the public key", sign(t, jwt.SigningMethodHS512, []byte(public), nil, nil), signature},
		{"HS256 said to be EdDSA", sign(t, jwt.SigningMethodHS256, []byte(public), fields{"alg": "EdDSA"}, nil), signature},
		{"RS256", sign(t, jwt.SigningMethodRS256, rsaKey, nil, nil), signature},
		{"PS256", sign(t, jwt.SigningMethodPS256, rsaKey, nil, nil), signature},
		{"ES256", sign(t, jwt.SigningMethodES256, ecKey, nil, nil), signature},
		{"another key with our kid", sign(t, jwt.SigningMethodEdDSA, foreign, nil, nil), signature},
		{"another chain's", issue(t, otherKey), unknown},
		{"embedded jwk", sign(t, jwt.SigningMethodEdDSA, foreign, fields{"jwk": jwk(foreign)}, nil), "unexpected header"},
		{"embedded jwk without kid", sign(t, jwt.SigningMethodEdDSA, foreign, fields{"jwk": jwk(foreign), "kid": nil}, nil), unknown},
	}
}

// jwk returns a public key in the format of a header field.
func jwk(private ed25519.PrivateKey) fields {
	return fields{"kty": "OKP", "crv": "Ed25519", "x": base64.RawURLEncoding.EncodeToString(private[ed25519.SeedSize:])}
}

// headerAttacks are signed with the right key but have a wrong header.
func headerAttacks(t *testing.T) []attack {
	t.Helper()
	const unknown, kind, unexpected = "no known key", "wrong type", "unexpected header"
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
		{"path to a key in kid", fields{"kid": "/etc/ssl/../aisle/" + kid}, unknown},
		{"kid with a line break", fields{"kid": kid + "\n"}, unknown},
		{"kid with a zero byte", fields{"kid": kid + "\x00"}, unknown},
		{"kid in another spelling", fields{"kid": kid[:len(kid)-1] + string(nextBase64(kid[len(kid)-1]))}, unknown},
		{"SQL in kid", fields{"kid": "' UNION SELECT 'key"}, unknown},
		{"kid as a list", fields{"kid": []string{kid}}, unknown},
		{"kid as a number", fields{"kid": 1}, unknown},
		{"jku", fields{"jku": "https://evil.test/jwks.json"}, unexpected},
		{"jku to a file", fields{"jku": "file:///etc/aisle/jwks.json"}, unexpected},
		{"jku that begins with our issuer", fields{"jku": testIssuer + "@evil.test/../jwks.json"}, unexpected},
		{"x5u with a path", fields{"x5u": testIssuer + "/../../evil.pem"}, unexpected},
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

// claimAttacks are signed with the right key but have wrong claims.
func claimAttacks(t *testing.T) []attack {
	t.Helper()
	const missing, viewer, malformed = "missing required claim", "identifies no viewer", "malformed"
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

// jsonNumber is written into the claims unchanged.
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

// syntaxAttacks are malformed tokens, or valid tokens that were changed after signing.
func syntaxAttacks(t *testing.T) []attack {
	t.Helper()
	const malformed, signature = "malformed", "signature is invalid"
	good := issue(t, newAccessTokens(t))
	head, rest, _ := strings.Cut(good, ".")
	payload, sig, _ := strings.Cut(rest, ".")
	claims, err := base64.RawURLEncoding.DecodeString(payload)
	if err != nil {
		t.Fatal(err)
	}
	changed := base64.RawURLEncoding.EncodeToString([]byte(strings.Replace(string(claims), "STORE_MANAGER", "ADMIN", 1)))
	segment := func(json string) string { return base64.RawURLEncoding.EncodeToString([]byte(json)) }
	return []attack{
		{"changed payload", head + "." + changed + "." + sig, signature},
		{"no signature", head + "." + payload + ".", signature},
		{"half of the signature", head + "." + payload + "." + sig[:len(sig)/2], ""},
		{"another spelling of the signature's last bits", good[:len(good)-1] + string(nextBase64(good[len(good)-1])), malformed},
		{"line break in the signature", good[:len(good)-4] + "\n" + good[len(good)-4:], malformed},
		{"padded", good + "==", malformed},
		{"space behind", good + " ", malformed},
		{"two parts", head + "." + payload, malformed},
		{"four parts", good + "." + sig, malformed},
		{"JSON serialization", `{"payload":"` + payload + `","signatures":[]}`, malformed},
		{"null header", segment("null") + "." + payload + "." + sig, malformed},
		{"null payload", head + "." + segment("null") + "." + sig, malformed},
		{"list as payload", head + "." + segment("[]") + "." + sig, malformed},
		{"deeply nested claim", head + "." + segment(`{"a":`+strings.Repeat("[", 20)+strings.Repeat("]", 20)+"}") + "." + sig, malformed},
		{"two payloads", head + "." + segment("{}{}") + "." + sig, malformed},
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

// duplicateMemberAttacks are signed with the right key but have a duplicate member, which parsers may read differently.
func duplicateMemberAttacks(t *testing.T) []attack {
	t.Helper()
	private, _, kid := ownKey(t)
	const duplicate = "has a duplicate member"
	header := `{"alg":"EdDSA","typ":"at+jwt","kid":"` + kid + `"}`
	claims := `{"iss":"` + testIssuer + `","aud":"` + testAudience + `","sub":"` + employee.String() + `","sid":"` + session.String() +
		`","role":"ASSOCIATE","store":"` + ownStore.String() + `","nbf":1,"exp":9999999999}`
	also := func(object, member string) string { return object[:len(object)-1] + "," + member + "}" }
	if _, err := newAccessTokens(t).Verify(t.Context(), signRaw(private, header, claims)); err != nil {
		t.Fatalf("what these attacks start from is refused: %v", err)
	}
	return []attack{
		{"role twice", signRaw(private, header, also(claims, `"role":"ADMIN"`)), duplicate},
		{"role twice, once in capitals", signRaw(private, header, also(claims, `"ROLE":"ADMIN"`)), duplicate},
		{"role twice, once escaped", signRaw(private, header, also(claims, `"\u0072ole":"ADMIN"`)), duplicate},
		{"store twice, once with a long s", signRaw(private, header, also(claims, `"ſtore":"`+otherStore.String()+`"`)), duplicate},
		{"issuer twice", signRaw(private, header, also(claims, `"iss":"https://evil.test"`)), duplicate},
		{"expiry twice", signRaw(private, header, also(claims, `"exp":1`)), duplicate},
		{"twice within a claim", signRaw(private, header, also(claims, `"a":[{"b":1,"b":2}]`)), duplicate},
		{"alg twice", signRaw(private, also(header, `"alg":"none"`), claims), duplicate},
		{"kid twice", signRaw(private, also(header, `"kid":"other"`), claims), duplicate},
	}
}

// signRaw signs a header and claims as given.
func signRaw(private ed25519.PrivateKey, header, claims string) string {
	encode := base64.RawURLEncoding.EncodeToString
	signed := encode([]byte(header)) + "." + encode([]byte(claims))
	return signed + "." + encode(ed25519.Sign(private, []byte(signed)))
}

// nextBase64 returns a digit that differs only in bits that the last digit of 64 bytes does not use.
func nextBase64(digit byte) byte {
	const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	return digits[strings.IndexByte(digits, digit)^1]
}
