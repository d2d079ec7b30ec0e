package catalog

import (
	"errors"
	"fmt"
	"strings"
)

// Reasons why a text is not a GTIN.
var (
	ErrNotGTIN    = errors.New("a GTIN has 8, 12, 13 or 14 digits")
	ErrCheckDigit = errors.New("the check digit of the GTIN is wrong")
)

// gtinDigits is the length of a GTIN that is padded with zeros.
const gtinDigits = 14

// GTINKey returns the key of a GTIN-8, 12, 13 or 14, which is the same however it is printed: the number, padded to 14 digits.
// For another code the error wraps ErrNotGTIN or ErrCheckDigit and says what would be right.
//
// See GS1 General Specifications, section 7.9, "Check digit calculations".
func GTINKey(code string) (string, error) {
	switch len(code) {
	case 8, 12, 13, gtinDigits:
	default:
		return "", fmt.Errorf("%w, not %d characters", ErrNotGTIN, len(code))
	}
	if strings.Trim(code, "0123456789") != "" {
		return "", fmt.Errorf("%w, and nothing but digits", ErrNotGTIN)
	}
	key := strings.Repeat("0", gtinDigits-len(code)) + code
	if want := CheckDigit(key[:gtinDigits-1]); key[gtinDigits-1] != want {
		return "", fmt.Errorf("%w: %s ends with %c and should end with %c", ErrCheckDigit, code, key[gtinDigits-1], want)
	}
	return key, nil
}

// CheckDigit returns the check digit for the other digits of a GTIN.
func CheckDigit(digits string) byte {
	sum := 0
	for i := range len(digits) {
		weight := 3 // from the right: 3, 1, 3, and so on
		if (len(digits)-i)%2 == 0 {
			weight = 1
		}
		sum += weight * int(digits[i]-'0')
	}
	return byte('0' + (10-sum%10)%10)
}

// InternalKey returns the key of a code that is not a GTIN: the chain's own, or a supplier's.
func InternalKey(code string) string { return ":" + code }

// LookupKeys returns the keys under which a scanned code may be stored, the likeliest first. Scanners drop or add leading zeros,
// so up to 14 digits may be a GTIN.
func LookupKeys(code string) []string {
	code = strings.TrimSpace(code)
	if digits := strings.Trim(code, "0123456789") == ""; digits && code != "" && len(code) <= gtinDigits {
		return []string{strings.Repeat("0", gtinDigits-len(code)) + code, InternalKey(code)}
	}
	return []string{InternalKey(code)}
}
