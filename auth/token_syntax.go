package auth

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"unicode"

	"github.com/golang-jwt/jwt/v5"
)

const maxNesting = 16 // of a token's JSON: ours nests 2 deep

// checkForm returns an error unless the token is three parts of base64url in their one spelling, the first two JSON
// objects in which no member stands twice. It returns who the token says it is from, which nobody has checked.
//
// The parser would take the last of two members, another service the first: so a token could be two.
func checkForm(token string) (issuer string, err error) {
	parts := strings.Split(token, ".")
	const header, claims, all = 0, 1, 3
	if len(parts) != all {
		return "", jwt.ErrTokenMalformed
	}
	var texts [all][]byte
	for i, part := range parts {
		// The decoder skips line breaks: without this one token could be written, and cached, in many ways.
		if strings.ContainsAny(part, "\r\n") {
			return "", jwt.ErrTokenMalformed
		}
		if texts[i], err = base64.RawURLEncoding.Strict().DecodeString(part); err != nil {
			return "", jwt.ErrTokenMalformed
		}
	}
	for _, text := range texts[:2] {
		if !json.Valid(text) || !bytes.HasPrefix(bytes.TrimLeft(text, " \t\r\n"), []byte("{")) {
			return "", jwt.ErrTokenMalformed
		}
		if err := checkMembers(json.NewDecoder(bytes.NewReader(text)), 0); err != nil {
			return "", err
		}
	}
	var says struct {
		Issuer any `json:"iss"`
	}
	if err := json.Unmarshal(texts[claims], &says); err != nil {
		return "", jwt.ErrTokenMalformed
	}
	issuer, _ = says.Issuer.(string)
	return issuer, nil
}

// checkMembers reads one JSON value and returns an error when a member of an object in it stands there twice.
func checkMembers(d *json.Decoder, depth int) error {
	begin, err := d.Token()
	if err != nil || depth > maxNesting {
		return jwt.ErrTokenMalformed
	}
	if begin != json.Delim('{') && begin != json.Delim('[') {
		return nil
	}
	seen := map[string]bool{}
	for d.More() {
		if begin == json.Delim('{') {
			name, err := d.Token()
			if err != nil {
				return jwt.ErrTokenMalformed
			}
			folded := fold(fmt.Sprint(name))
			if seen[folded] {
				return errTwice
			}
			seen[folded] = true
		}
		if err := checkMembers(d, depth+1); err != nil {
			return err
		}
	}
	if _, err := d.Token(); err != nil { // the closing bracket
		return jwt.ErrTokenMalformed
	}
	return nil
}

// fold makes names that encoding/json takes for the same one equal: to it "ROLE" is "role".
func fold(name string) string {
	return strings.Map(func(r rune) rune {
		for next := unicode.SimpleFold(r); next > r; next = unicode.SimpleFold(r) {
			r = next
		}
		return r
	}, name)
}
