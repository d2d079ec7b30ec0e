// Package auth says who asks and what they may do: access tokens, passwords, refresh tokens, roles, permissions
// and scopes. It imports nothing of the project around it, keeps no state outside memory and does no I/O.
//
// Reading order for a review: viewer.go (who), permission.go (what), scope.go (which rows), tokens.go with key.go,
// claims.go and cache.go (how the viewer travels), passwords.go and refresh.go (how a session starts and goes on).
//
// What is trusted: the secret that the signing key is derived from, the clock, and the viewer that is handed to
// Tokens.Issue. What is not: every token, password and header that comes in. No secret, token or password is ever
// part of an error.
package auth
