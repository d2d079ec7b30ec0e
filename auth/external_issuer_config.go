package auth

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/url"
)

// ExternalIssuerConfig describes an external issuer whose access tokens are accepted, and how they identify an employee.
type ExternalIssuerConfig struct {
	Issuer   string `json:"issuer"`             // the exact value of iss
	Audience string `json:"audience"`           // a value of aud: the issuer's name for Aisle
	JWKS     string `json:"jwks"`               // URL of the JSON Web Key Set: https, or http on a loopback address
	Login    string `json:"login,omitempty"`    // the claim with the employee's login
	Employee string `json:"employee,omitempty"` // or the claim with the employee's id, as in the API
}

// ParseExternalIssuers parses and checks a JSON list of ExternalIssuerConfig.
func ParseExternalIssuers(text []byte) ([]ExternalIssuerConfig, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	var issuers []ExternalIssuerConfig
	if err := decoder.Decode(&issuers); err != nil {
		return nil, fmt.Errorf("not a JSON list of issuers: %w", err)
	}
	if decoder.More() {
		return nil, errors.New("not a JSON list of issuers: more input follows the list")
	}
	seen := map[string]bool{}
	for i, issuer := range issuers {
		if err := issuer.check(); err != nil {
			return nil, fmt.Errorf("issuer %d: %w", i+1, err)
		}
		if seen[issuer.Issuer] {
			return nil, fmt.Errorf("issuer %d: the issuer %q is listed twice", i+1, issuer.Issuer)
		}
		seen[issuer.Issuer] = true
	}
	return issuers, nil
}

// check returns an error if the configuration is invalid. It never quotes the URL, which may contain a password.
func (c ExternalIssuerConfig) check() error {
	if c.Issuer == "" || c.Audience == "" {
		return errors.New(`"issuer" and "audience" are required`)
	}
	if (c.Login == "") == (c.Employee == "") {
		return errors.New(`set either "login" or "employee" to the name of a claim`)
	}
	jwks, err := url.Parse(c.JWKS)
	switch {
	case err != nil || jwks.Host == "":
		return errors.New(`"jwks" must be the URL of the issuer's JSON Web Key Set`)
	case jwks.User != nil:
		return errors.New(`"jwks" must not contain a password: the URL is logged`)
	case jwks.Scheme == "https", jwks.Scheme == "http" && isLoopback(jwks.Hostname()):
		return nil
	default:
		return errors.New(`"jwks" must begin with https://: over http anybody on the network could replace the keys`)
	}
}

// isLoopback reports whether host is a loopback address.
func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
