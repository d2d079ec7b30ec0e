// Package oauth serves what OAuth 2.0 and OpenID Connect Discovery define: the token endpoint of partners' systems, the public keys of
// access tokens, and where to find both.
package oauth
