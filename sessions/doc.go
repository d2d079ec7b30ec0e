// Package sessions signs in employees and partners' systems: sessions, refresh tokens, passwords, OAuth client credentials, and the
// employees behind tokens of external issuers.
package sessions
