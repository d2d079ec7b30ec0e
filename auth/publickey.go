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

	minRSABits  = 2048
	maxRSABits  = 8192 // a larger one is a way to keep us busy
	p256Bytes   = 32   // of a coordinate
	uncompacted = 4    // SEC 1: what follows are both coordinates
)

// publicKey is a key of a foreign issuer and the one algorithm that it is good for: a token cannot choose.
type publicKey struct {
	alg string
	key crypto.PublicKey
}

// foreignJWK is what is read of a JWK. Certificates and the URLs of such are not: nothing is fetched but the set.
type foreignJWK struct {
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

// readKeySet reads a JWKS by kid. Keys for encryption, of other kinds, too weak, wrong or without a kid are left out.
func readKeySet(text []byte) (map[string]publicKey, error) {
	var set struct {
		Keys []foreignJWK `json:"keys"`
	}
	if err := json.Unmarshal(text, &set); err != nil {
		return nil, errors.New("the answer is no JSON Web Key Set")
	}
	keys := map[string]publicKey{}
	for _, k := range set.Keys {
		if k.ID == "" || k.Use != "" && k.Use != "sig" {
			continue
		}
		if key, ok := k.public(); ok && (k.Alg == "" || k.Alg == key.alg) {
			keys[k.ID] = key
		}
	}
	return keys, nil
}

// public is the key of a JWK; ok is false for one that is not to be used.
func (k foreignJWK) public() (key publicKey, ok bool) {
	switch {
	case k.Kind == "RSA":
		n, e := new(big.Int).SetBytes(number(k.N)), new(big.Int).SetBytes(number(k.E))
		// Public exponents are small and odd, nearly always 65537; Go takes those below 2^31.
		ok := n.BitLen() >= minRSABits && n.BitLen() <= maxRSABits && e.BitLen() >= 2 && e.BitLen() < 32 && e.Bit(0) == 1
		return publicKey{algRS256, &rsa.PublicKey{N: n, E: int(e.Int64())}}, ok
	case k.Kind == "EC" && k.Curve == "P-256":
		x, y := number(k.X), number(k.Y)
		if len(x) != p256Bytes || len(y) != p256Bytes {
			return publicKey{}, false
		}
		point := append(append([]byte{uncompacted}, x...), y...)
		key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point) // which must be on the curve
		return publicKey{algES256, key}, err == nil
	case k.Kind == "OKP" && k.Curve == "Ed25519":
		x := number(k.X)
		return publicKey{algEdDSA, ed25519.PublicKey(x)}, len(x) == ed25519.PublicKeySize
	default:
		return publicKey{}, false
	}
}

// number reads a base64url number, big-endian; nil for what is none.
func number(s string) []byte {
	bytes, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		return nil
	}
	return bytes
}
