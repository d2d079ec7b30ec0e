package auth

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/url"
)

// ExternalIssuerConfig says whose tokens are good besides our own, and how they name an employee.
type ExternalIssuerConfig struct {
	Issuer   string `json:"issuer"`             // iss, to the letter
	Audience string `json:"audience"`           // which aud must have: what the issuer calls Aisle
	JWKS     string `json:"jwks"`               // where its public keys are: https, or http on this machine
	Login    string `json:"login,omitempty"`    // the claim that has the employee's login
	Employee string `json:"employee,omitempty"` // or the claim that has the employee's id, as the API shows it
}

// ParseExternalIssuers reads and checks issuers: a JSON list of ExternalIssuerConfig. An error says what is wrong.
func ParseExternalIssuers(text []byte) ([]ExternalIssuerConfig, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	var issuers []ExternalIssuerConfig
	if err := decoder.Decode(&issuers); err != nil {
		return nil, fmt.Errorf("not a JSON list of issuers: %w", err)
	}
	if decoder.More() {
		return nil, errors.New("not a JSON list of issuers: something follows it")
	}
	seen := map[string]bool{}
	for i, issuer := range issuers {
		if err := issuer.check(); err != nil {
			return nil, fmt.Errorf("issuer %d: %w", i+1, err)
		}
		if seen[issuer.Issuer] {
			return nil, fmt.Errorf("issuer %d: %q is there twice", i+1, issuer.Issuer)
		}
		seen[issuer.Issuer] = true
	}
	return issuers, nil
}

// check says what is wrong with the configuration.
func (c ExternalIssuerConfig) check() error {
	if c.Issuer == "" || c.Audience == "" {
		return errors.New(`"issuer" and "audience" are needed`)
	}
	if (c.Login == "") == (c.Employee == "") {
		return errors.New(`either "login" or "employee" names a claim`)
	}
	where, err := url.Parse(c.JWKS)
	switch {
	case err != nil || where.Host == "":
		return errors.New(`"jwks" is the URL of the issuer's keys`)
	case where.User != nil:
		return errors.New(`"jwks" must not hold a password: it is logged`)
	case where.Scheme == "https", where.Scheme == "http" && isLoopback(where.Hostname()):
		return nil
	default:
		return errors.New(`"jwks" begins with https://, because who can change the keys on their way is everybody`)
	}
}

// isLoopback reports whether the host is this machine.
func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
