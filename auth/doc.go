// Package auth says who asks and what they may do: access tokens, passwords, refresh tokens, roles, permissions
// and scopes. It imports nothing of the project around it. It keeps nothing: its keys are kept by a KeyStore.
//
// Reading order for a review:
//
//   - viewer.go (who), permission.go (what), scope.go (which rows);
//   - verify.go, the one way in for tokens, with form.go (what is a token at all), claims.go and cache.go;
//   - tokens.go (how a token is made), key.go, seal.go, ring.go and rotate.go (what it is signed with), jwks.go (what others
//     are told of that);
//   - foreign.go, the other way of a token, with issuers.go (whose), keyset.go (where their keys come from: the only HTTP
//     here) and publickey.go (which are fit); seldom.go bounds how often keys are looked for;
//   - passwords.go and refresh.go (how a session starts and goes on), partner.go (what a partner's system has instead).
//
// What is trusted: the secret that private keys are sealed with, the clock, the viewer that is handed to Tokens.Issue, the
// configuration of foreign issuers, and their key servers, for who somebody is and no more. What is not: every token,
// password and header that comes in, and what the KeyStore returns, but for the times in it. No secret, token or
// password is ever part of an error or of the log.
package auth
