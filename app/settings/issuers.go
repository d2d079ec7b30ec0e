package settings

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"aisle/auth"
)

// Issuers are external issuers of tokens.
type Issuers []auth.ExternalIssuerConfig

const acceptedIssuers = `a JSON list such as [{"issuer":"https://id.example.com/realms/chain","audience":"aisle",` +
	`"jwks":"https://id.example.com/realms/chain/protocol/openid-connect/certs","login":"preferred_username"}], ` +
	`or the name of a file that contains one`

// issuersError says what is wrong with a list of issuers.
type issuersError struct{ error }

// parseIssuers parses the list, or the file that contains it. Empty text is an empty list.
func parseIssuers(s string) (Issuers, error) {
	if s == "" {
		return nil, nil
	}
	text := []byte(s)
	if !strings.HasPrefix(s, "[") {
		var err error
		if text, err = os.ReadFile(s); err != nil { //nolint:gosec // the operator names the file
			return nil, issuersError{err}
		}
	}
	list, err := auth.ParseExternalIssuers(text)
	if err != nil {
		return nil, issuersError{err}
	}
	return list, nil
}

// issuersDetail returns ": " and the message of an issuersError, and nothing for other errors.
func issuersDetail(err error) string {
	if detail, ok := errors.AsType[issuersError](err); ok {
		return fmt.Sprintf(": %v", detail.error)
	}
	return ""
}
