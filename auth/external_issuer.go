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
	jwksRefreshInterval   = 5 * time.Minute
	externalTokenCacheTTL = 5 * time.Second // short, so that an employee who leaves loses access within it
	maxClaimBytes         = 256             // of the claim that names the employee, and of a key id
)

// EmployeeDirectory finds active employees. A returned Viewer has the employee's current role, store and region. The zero Viewer
// means that no active employee matches. An error is an internal error, never "not found".
type EmployeeDirectory interface {
	FindByLogin(ctx context.Context, login string) (Viewer, error)
	FindByID(ctx context.Context, id string) (Viewer, error)
}

// ExternalIssuers verifies access tokens of external issuers, such as Keycloak. A token identifies an employee; role and scope
// come from the EmployeeDirectory, never from the token. A nil *ExternalIssuers has no issuers. It is safe for concurrent use.
type ExternalIssuers struct {
	issuers   map[string]*externalIssuer // by iss
	employees EmployeeDirectory
	log       *slog.Logger
	now       func() time.Time
}

// externalIssuer is an issuer with its keys.
type externalIssuer struct {
	ExternalIssuerConfig

	keys   *externalJWKS
	parser *jwt.Parser
}

// NewExternalIssuers returns the external issuers of configurations that ParseExternalIssuers has checked. It fetches no keys: Run
// and the first token do. now is the clock; nil means time.Now.
func NewExternalIssuers(
	configs []ExternalIssuerConfig, employees EmployeeDirectory, log *slog.Logger, now func() time.Time,
) *ExternalIssuers {
	if now == nil {
		now = time.Now
	}
	e := &ExternalIssuers{issuers: map[string]*externalIssuer{}, employees: employees, log: log, now: now}
	for _, c := range configs {
		e.issuers[c.Issuer] = &externalIssuer{
			ExternalIssuerConfig: c,
			keys:                 newExternalJWKS(c.JWKS, now),
			parser: jwt.NewParser(append(parserOptions(c.Issuer, c.Audience, now),
				jwt.WithValidMethods([]string{algRS256, algES256, algEdDSA}))...),
		}
	}
	return e
}

// has reports whether issuer is one of the external issuers.
func (e *ExternalIssuers) has(issuer string) bool { return e != nil && e.issuers[issuer] != nil }

// Run fetches the keys of all issuers now and every few minutes until ctx ends. It logs a failed fetch and keeps the previous keys.
func (e *ExternalIssuers) Run(ctx context.Context) error {
	ticker := time.NewTicker(jwksRefreshInterval)
	defer ticker.Stop()
	for {
		for _, issuer := range e.issuers {
			if err := issuer.keys.refresh(ctx); err != nil && ctx.Err() == nil {
				e.log.WarnContext(ctx, "cannot fetch the keys of an external issuer; the previous keys stay in use",
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

// verify verifies a token whose iss is issuer. It returns an ErrInvalidToken for an invalid token. Any other error is internal.
func (e *ExternalIssuers) verify(ctx context.Context, issuer, token string) (verifiedToken, error) {
	from := e.issuers[issuer]
	claims := jwt.MapClaims{}
	_, err := from.parser.ParseWithClaims(token, claims, func(unverified *jwt.Token) (any, error) {
		return e.verificationKey(ctx, from, unverified)
	})
	if err != nil {
		return verifiedToken{}, invalidToken(err)
	}
	// Keycloak's ID tokens differ from its access tokens in this claim only.
	if kind, ok := claims["typ"]; ok && kind != "Bearer" {
		return verifiedToken{}, invalidToken(errType)
	}
	expiry, err := claims.GetExpirationTime()
	if err != nil || expiry == nil { // cannot happen: the parser requires exp
		return verifiedToken{}, invalidToken(jwt.ErrTokenRequiredClaimMissing)
	}
	viewer, err := e.employee(ctx, from, claims)
	if err != nil {
		return verifiedToken{}, err
	}
	viewer.ExpiresAt = expiry.Time
	now := e.now()
	verified := verifiedToken{viewer: viewer, notBefore: now.Add(-externalTokenCacheTTL), notAfter: now.Add(externalTokenCacheTTL)}
	if last := expiry.Add(leeway); last.Before(verified.notAfter) {
		verified.notAfter = last
	}
	return verified, nil
}

// employee returns the viewer that a verified token identifies.
func (e *ExternalIssuers) employee(ctx context.Context, from *externalIssuer, claims jwt.MapClaims) (Viewer, error) {
	claim, find := from.Login, e.employees.FindByLogin
	if from.Employee != "" {
		claim, find = from.Employee, e.employees.FindByID
	}
	value, _ := claims[claim].(string)
	if value == "" || len(value) > maxClaimBytes {
		return Viewer{}, invalidToken(errViewer)
	}
	viewer, err := find(ctx, value)
	if err != nil {
		return Viewer{}, fmt.Errorf("find the employee of an external token: %w", err)
	}
	if viewer.PartnerID != uuid.Nil || viewer.check() != nil {
		return Viewer{}, invalidToken(errViewer)
	}
	return viewer, nil
}

// verificationKey returns the issuer's key that a token names. The token's algorithm must be that of the key.
func (e *ExternalIssuers) verificationKey(ctx context.Context, from *externalIssuer, token *jwt.Token) (any, error) {
	for field, value := range token.Header {
		switch field {
		case "alg", "kid", "x5t", "x5t#S256": // x5t is the hash of a certificate and is ignored
		case "typ":
			if value != "JWT" && value != tokenType {
				return nil, errType
			}
		default: // jwk, jku, x5u, x5c and crit are never followed
			return nil, errHeader
		}
	}
	kid, _ := token.Header["kid"].(string)
	if kid == "" || len(kid) > maxClaimBytes {
		return nil, errKey
	}
	key, ok, err := from.keys.find(ctx, kid)
	if err != nil && ctx.Err() == nil { // a canceled request is not worth a log record
		e.log.WarnContext(ctx, "cannot fetch the keys of an external issuer to find an unknown key id",
			"issuer", from.Issuer, "error", err)
	}
	if !ok || key.alg != token.Header["alg"] {
		return nil, errKey
	}
	return key.key, nil
}
