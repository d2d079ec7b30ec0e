package auth

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
)

const (
	foreignKeysFor  = 5 * time.Minute // how old a foreign issuer's keys become before they are fetched anew
	foreignTokenFor = 5 * time.Second // how long a verified token is cached: an employee who leaves is out by then
	maxNameBytes    = 256             // of the claim that names the employee
)

// EmployeeDirectory knows who works here. A viewer that it returns has the role and the place that the employee has here and
// now, and the zero Viewer says that no active employee is meant. An error is a fault.
type EmployeeDirectory interface {
	FindByLogin(ctx context.Context, login string) (Viewer, error)
	FindByID(ctx context.Context, id string) (Viewer, error)
}

// ExternalIssuers verifies tokens of other issuers. They say who somebody is, and never what they may do: that is what
// Employees says. A nil *Foreign knows no issuer. It is safe for concurrent use.
type ExternalIssuers struct {
	issuers   map[string]*foreignIssuer
	employees EmployeeDirectory
	log       *slog.Logger
	now       func() time.Time
}

// foreignIssuer is an issuer with its keys.
type foreignIssuer struct {
	ExternalIssuerConfig

	keys   *keySet
	parser *jwt.Parser
}

// NewExternalIssuers returns the foreign issuers of checked configurations. It fetches nothing: Run does, and the first token.
// now is the clock; nil means time.Now.
func NewExternalIssuers(configs []ExternalIssuerConfig, employees EmployeeDirectory, log *slog.Logger, now func() time.Time) *ExternalIssuers {
	if now == nil {
		now = time.Now
	}
	f := &ExternalIssuers{issuers: map[string]*foreignIssuer{}, employees: employees, log: log, now: now}
	for _, c := range configs {
		f.issuers[c.Issuer] = &foreignIssuer{
			ExternalIssuerConfig: c,
			keys:                 newKeySet(c.JWKS, now),
			parser: jwt.NewParser(append(parserOptions(c.Issuer, c.Audience, now),
				jwt.WithValidMethods([]string{algRS256, algES256, algEdDSA}))...),
		}
	}
	return f
}

// has reports whether the issuer is one of them.
func (f *ExternalIssuers) has(issuer string) bool { return f != nil && f.issuers[issuer] != nil }

// Run fetches the issuers' keys now and every few minutes, until ctx ends. A server that does not answer is logged:
// its keys stay.
func (f *ExternalIssuers) Run(ctx context.Context) error {
	ticker := time.NewTicker(foreignKeysFor)
	defer ticker.Stop()
	for {
		for _, issuer := range f.issuers {
			if err := issuer.keys.refresh(ctx); err != nil && ctx.Err() == nil {
				f.log.WarnContext(ctx, "the keys of a foreign issuer cannot be had: those that it had before stay",
					"issuer", issuer.Issuer, "error", err)
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

// verify checks a token that says it is from the issuer. A refusal is an ErrInvalidToken, any other error a fault.
func (f *ExternalIssuers) verify(ctx context.Context, issuer, token string) (verified, error) {
	from := f.issuers[issuer]
	claims := jwt.MapClaims{}
	_, err := from.parser.ParseWithClaims(token, claims, func(unverified *jwt.Token) (any, error) {
		return f.verificationKey(ctx, from, unverified)
	})
	if err != nil {
		return verified{}, refused(err)
	}
	// Keycloak's ID tokens differ from its access tokens in this alone.
	if kind, there := claims["typ"]; there && kind != "Bearer" {
		return verified{}, refused(errType)
	}
	expiry, err := claims.GetExpirationTime()
	if err != nil || expiry == nil { // the parser has asked for it
		return verified{}, refused(jwt.ErrTokenRequiredClaimMissing)
	}
	viewer, err := f.employee(ctx, from, claims)
	if err != nil {
		return verified{}, err
	}
	viewer.ExpiresAt = expiry.Time
	now := f.now()
	entry := verified{viewer: viewer, notBefore: now.Add(-foreignTokenFor), notAfter: now.Add(foreignTokenFor)}
	if last := expiry.Add(leeway); last.Before(entry.notAfter) {
		entry.notAfter = last
	}
	return entry, nil
}

// employee is the viewer whom a verified token names.
func (f *ExternalIssuers) employee(ctx context.Context, from *foreignIssuer, claims jwt.MapClaims) (Viewer, error) {
	name, find := from.Login, f.employees.FindByLogin
	if from.Employee != "" {
		name, find = from.Employee, f.employees.FindByID
	}
	value, _ := claims[name].(string)
	if value == "" || len(value) > maxNameBytes {
		return Viewer{}, refused(errViewer)
	}
	viewer, err := find(ctx, value)
	if err != nil {
		return Viewer{}, fmt.Errorf("find whom a foreign token names: %w", err)
	}
	if viewer.PartnerID != uuid.Nil || viewer.check() != nil {
		return Viewer{}, refused(errViewer)
	}
	return viewer, nil
}

// verificationKey returns the issuer's key that a token names, for the algorithm that the key is for.
func (f *ExternalIssuers) verificationKey(ctx context.Context, from *foreignIssuer, token *jwt.Token) (any, error) {
	for field, value := range token.Header {
		switch field {
		case "alg", "kid", "x5t", "x5t#S256": // the last two are a certificate's hash, which nobody needs
		case "typ":
			if value != "JWT" && value != tokenType {
				return nil, errType
			}
		default: // jwk, jku, x5u, x5c, crit: nothing in a header is ever followed
			return nil, errHeader
		}
	}
	kid, _ := token.Header["kid"].(string)
	if kid == "" || len(kid) > maxNameBytes {
		return nil, errKey
	}
	key, ok, err := from.keys.find(ctx, kid)
	if err != nil && ctx.Err() == nil { // whoever left is not worth a line
		f.log.WarnContext(ctx, "the keys of a foreign issuer cannot be had to look for an unknown one",
			"issuer", from.Issuer, "error", err)
	}
	if !ok || key.alg != token.Header["alg"] {
		return nil, errKey
	}
	return key.key, nil
}
