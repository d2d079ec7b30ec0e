package auth

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"math/big"
)

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
