package auth

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
)

// jwk is an Ed25519 public key in the format of RFC 7517 and RFC 8037.
type jwk struct {
	Kind  string `json:"kty"`
	Curve string `json:"crv"`
	X     string `json:"x"`
	ID    string `json:"kid"`
	Use   string `json:"use"`
	Alg   string `json:"alg"`
}

// JWKS returns the public keys that verify now as a JSON Web Key Set, with which others can verify our tokens. It reads from memory.
func (r *Keyring) JWKS() ([]byte, error) {
	keys := []jwk{}
	now := r.config.Now()
	for _, k := range *r.keys.Load() {
		if k.verifies(now) {
			keys = append(keys, jwk{
				Kind: "OKP", Curve: "Ed25519", X: base64.RawURLEncoding.EncodeToString(k.public),
				ID: k.ID, Use: "sig", Alg: algEdDSA,
			})
		}
	}
	text, err := json.Marshal(map[string]any{"keys": keys})
	if err != nil {
		return nil, fmt.Errorf("encode the key set: %w", err)
	}
	return text, nil
}
