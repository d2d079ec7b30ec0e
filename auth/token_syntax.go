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

// ParseBearerToken returns the token of an Authorization header ("Bearer <token>", RFC 6750; the scheme is case-insensitive). ok is
// false for an empty header, another scheme, a missing token or more than one word after the scheme.
func ParseBearerToken(header string) (token string, ok bool) {
	scheme, token, found := strings.Cut(header, " ")
	token = strings.Trim(token, " ")
	if !found || !strings.EqualFold(scheme, "Bearer") || token == "" || strings.ContainsAny(token, " \t\r\n") {
		return "", false
	}
	return token, true
}

const maxJSONDepth = 16 // of a token's header and claims; ours have a depth of 2

// checkTokenSyntax checks that a token consists of three parts in canonical base64url, and that the first two are JSON objects without
// duplicate members. It returns the value of iss, which is not verified.
//
// Without it a token with duplicate members could mean one thing to the parser, which takes the last, and another to a service that
// takes the first.
func checkTokenSyntax(token string) (issuer string, err error) {
	parts := strings.Split(token, ".")
	const header, claims, all = 0, 1, 3
	if len(parts) != all {
		return "", jwt.ErrTokenMalformed
	}
	var texts [all][]byte
	for i, part := range parts {
		// The decoder skips line breaks. Without this check one token would have many spellings, each cached.
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
		if err := checkDuplicateMembers(json.NewDecoder(bytes.NewReader(text)), 0); err != nil {
			return "", err
		}
	}
	var unverified struct {
		Issuer any `json:"iss"`
	}
	if err := json.Unmarshal(texts[claims], &unverified); err != nil {
		return "", jwt.ErrTokenMalformed
	}
	issuer, _ = unverified.Issuer.(string)
	return issuer, nil
}

// checkDuplicateMembers reads one JSON value. It returns an error if an object in it has a duplicate member.
func checkDuplicateMembers(d *json.Decoder, depth int) error {
	begin, err := d.Token()
	if err != nil || depth > maxJSONDepth {
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
			folded := foldCase(fmt.Sprint(name))
			if seen[folded] {
				return errDuplicateMember
			}
			seen[folded] = true
		}
		if err := checkDuplicateMembers(d, depth+1); err != nil {
			return err
		}
	}
	if _, err := d.Token(); err != nil { // the closing delimiter
		return jwt.ErrTokenMalformed
	}
	return nil
}

// foldCase maps names that encoding/json treats as equal, such as "ROLE" and "role", to the same string.
func foldCase(name string) string {
	return strings.Map(func(r rune) rune {
		for next := unicode.SimpleFold(r); next > r; next = unicode.SimpleFold(r) {
			r = next
		}
		return r
	}, name)
}
