package app

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"aisle/auth"
)

// issuers are the foreign issuers of a setting.
type issuers []auth.ExternalIssuerConfig

const acceptedIssuers = `a JSON list such as [{"issuer":"https://id.example.com/realms/chain","audience":"aisle",` +
	`"jwks":"https://id.example.com/realms/chain/protocol/openid-connect/certs","login":"preferred_username"}], or a file with one`

// issuersError says what is wrong with issuers, for the person who wrote them.
type issuersError struct{ error }

// readIssuers reads the list itself, or the file that has it. Nothing is no issuer.
func readIssuers(s string) (issuers, error) {
	if s == "" {
		return nil, nil
	}
	text := []byte(s)
	if !strings.HasPrefix(s, "[") {
		var err error
		if text, err = os.ReadFile(s); err != nil { //nolint:gosec // the file that whoever starts the node names
			return nil, issuersError{err}
		}
	}
	list, err := auth.ParseExternalIssuers(text)
	if err != nil {
		return nil, issuersError{err}
	}
	return list, nil
}

// explained is what an error adds to what is accepted.
func explained(err error) string {
	if why, ok := errors.AsType[issuersError](err); ok {
		return fmt.Sprintf(": %v", why.error)
	}
	return ""
}
