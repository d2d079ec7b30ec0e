package auth

import "strings"

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
