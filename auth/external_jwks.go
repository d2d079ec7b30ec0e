package auth

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

const (
	maxJWKSBytes         = 256 << 10 // a key with its certificates has about 4 KB
	maxJWKSHeaderBytes   = 16 << 10
	minJWKSFetchInterval = 10 * time.Second // between fetches for unknown key ids
)

// externalJWKS holds the public keys of an external issuer. Fetched keys stay until a fetch succeeds: while the issuer's server
// is down, its tokens are still accepted.
type externalJWKS struct {
	url    string
	client *http.Client
	keys   atomic.Pointer[map[string]publicKey] // by kid; replaced as a whole, never modified
	loader *throttledLoader
}

// newExternalJWKS returns an empty key set. url has been checked.
func newExternalJWKS(url string, now func() time.Time) *externalJWKS {
	s := &externalJWKS{
		url: url,
		client: &http.Client{
			Timeout: fetchTimeout,
			Transport: &http.Transport{
				Proxy:                  http.ProxyFromEnvironment,
				TLSHandshakeTimeout:    fetchTimeout,
				MaxResponseHeaderBytes: maxJWKSHeaderBytes,
				DisableKeepAlives:      true, // fetches are minutes apart
			},
			// Keys come from the configured URL only, so a redirect is an error.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		loader: newThrottledLoader(now),
	}
	s.keys.Store(&map[string]publicKey{})
	return s
}

// find returns the key with the id. For an unknown id it fetches the keys first, at most once in minJWKSFetchInterval.
func (s *externalJWKS) find(ctx context.Context, kid string) (key publicKey, ok bool, err error) {
	if key, ok := (*s.keys.Load())[kid]; ok {
		return key, true, nil
	}
	err = s.loader.run(ctx, minJWKSFetchInterval, s.fetch)
	key, ok = (*s.keys.Load())[kid]
	return key, ok, err
}

// refresh fetches the keys.
func (s *externalJWKS) refresh(ctx context.Context) error { return s.loader.run(ctx, 0, s.fetch) }

// fetch replaces the keys with the ones that the issuer publishes. A response without a usable key is an error and changes nothing.
func (s *externalJWKS) fetch(ctx context.Context) error {
	// The tracer of the current span. Without one it does nothing.
	tracer := trace.SpanFromContext(ctx).TracerProvider().Tracer("aisle/auth")
	ctx, span := tracer.Start(ctx, "GET keys", trace.WithSpanKind(trace.SpanKindClient))
	defer span.End()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url, http.NoBody)
	if err != nil {
		return fmt.Errorf("create the request for keys: %w", err)
	}
	request.Header.Set("Accept", "application/jwk-set+json, application/json")
	propagation.TraceContext{}.Inject(ctx, propagation.HeaderCarrier(request.Header))
	response, err := s.client.Do(request)
	if err != nil {
		return fmt.Errorf("fetch keys: %w", err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("fetch keys from %s: status %d, want 200", s.url, response.StatusCode)
	}
	text, err := io.ReadAll(io.LimitReader(response.Body, maxJWKSBytes+1))
	if err != nil {
		return fmt.Errorf("fetch keys from %s: %w", s.url, err)
	}
	if len(text) > maxJWKSBytes {
		return fmt.Errorf("fetch keys from %s: the response has more than %d bytes", s.url, maxJWKSBytes)
	}
	keys, err := parseJWKS(text)
	if err != nil {
		return fmt.Errorf("parse keys from %s: %w", s.url, err)
	}
	if len(keys) == 0 {
		return fmt.Errorf("parse keys from %s: %w", s.url, errNoUsableKey)
	}
	s.keys.Store(&keys)
	return nil
}

var errNoUsableKey = errors.New("no key has a kid and is for RS256 (2048 bits or more), ES256 or EdDSA")

const (
	algRS256 = "RS256"
	algES256 = "ES256"

	minRSABits           = 2048
	maxRSABits           = 8192 // larger keys make verification slow enough for denial of service
	p256CoordinateBytes  = 32
	uncompressedPointTag = 4 // SEC 1: both coordinates follow
)

// publicKey is a key of an external issuer and the only algorithm that it is used for. A token cannot choose another one.
type publicKey struct {
	alg string
	key crypto.PublicKey
}

// externalJWK has the members of a JWK (RFC 7517) that are used. Certificates and URLs are ignored.
type externalJWK struct {
	ID    string `json:"kid"`
	Kind  string `json:"kty"`
	Use   string `json:"use"`
	Alg   string `json:"alg"`
	Curve string `json:"crv"`
	N     string `json:"n"`
	E     string `json:"e"`
	X     string `json:"x"`
	Y     string `json:"y"`
}

// parseJWKS parses a JSON Web Key Set. It returns the usable keys by kid. It skips keys that are for encryption, of another type,
// too weak, invalid or without a kid.
func parseJWKS(text []byte) (map[string]publicKey, error) {
	var set struct {
		Keys []externalJWK `json:"keys"`
	}
	if err := json.Unmarshal(text, &set); err != nil {
		return nil, errors.New("the response is not a JSON Web Key Set")
	}
	keys := map[string]publicKey{}
	for _, k := range set.Keys {
		if k.ID == "" || k.Use != "" && k.Use != "sig" {
			continue
		}
		if key, ok := k.publicKey(); ok && (k.Alg == "" || k.Alg == key.alg) {
			keys[k.ID] = key
		}
	}
	return keys, nil
}

// publicKey returns the key of a JWK. ok is false if it is not usable.
func (k externalJWK) publicKey() (key publicKey, ok bool) {
	switch {
	case k.Kind == "RSA":
		n, e := new(big.Int).SetBytes(decodeBase64URL(k.N)), new(big.Int).SetBytes(decodeBase64URL(k.E))
		// Public exponents are small and odd, nearly always 65537. Go accepts values below 2^31.
		ok := n.BitLen() >= minRSABits && n.BitLen() <= maxRSABits && e.BitLen() >= 2 && e.BitLen() < 32 && e.Bit(0) == 1
		return publicKey{algRS256, &rsa.PublicKey{N: n, E: int(e.Int64())}}, ok
	case k.Kind == "EC" && k.Curve == "P-256":
		x, y := decodeBase64URL(k.X), decodeBase64URL(k.Y)
		if len(x) != p256CoordinateBytes || len(y) != p256CoordinateBytes {
			return publicKey{}, false
		}
		point := append(append([]byte{uncompressedPointTag}, x...), y...)
		key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point) // checks that the point is on the curve
		return publicKey{algES256, key}, err == nil
	case k.Kind == "OKP" && k.Curve == "Ed25519":
		x := decodeBase64URL(k.X)
		return publicKey{algEdDSA, ed25519.PublicKey(x)}, len(x) == ed25519.PublicKeySize
	default:
		return publicKey{}, false
	}
}

// decodeBase64URL decodes unpadded base64url. It returns nil for invalid input.
func decodeBase64URL(s string) []byte {
	bytes, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		return nil
	}
	return bytes
}
