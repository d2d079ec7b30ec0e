// Package auth authenticates and authorizes: access tokens, refresh tokens, passwords, roles, permissions and scopes. It imports no
// other package of this module and stores nothing: a KeyStore stores the signing keys.
//
// Reading order for a security review:
//
//   - role.go and viewer.go (identity), permission.go (actions), scope.go (rows)
//   - token_verification.go, the entry point for every token, with token_syntax.go, claims.go and token_cache.go
//   - access_tokens.go (issuing), signing_key.go, key_sealer.go, keyring.go and key_rotation.go (keys), jwks.go (published keys)
//   - external_issuer.go (tokens of other issuers), with external_issuer_config.go and external_jwks.go (the only HTTP client here);
//     throttled_loader.go limits how often keys are loaded
//   - passwords.go, login_throttle.go, refresh_tokens.go (sessions) and partner.go (client credentials)
//
// Trusted: the secret that encrypts private keys, the clock, the viewer that is passed to AccessTokens.Issue, the configuration of
// external issuers, and their key servers for the identity of employees only. Not trusted: tokens, passwords and headers of requests,
// and the content of the KeyStore except its times. No secret, token or password is ever part of an error or of the log.
package auth
