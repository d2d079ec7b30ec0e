// Package access stores what auth needs: password hashes, sessions, signing keys, revocations of access tokens, and counts of
// failed login attempts.
package access
