package catalog

import (
	"errors"
	"fmt"
	"strings"
)

// Err a text is no GTIN.
var (
	ErrNotGTIN    = errors.New("a GTIN has 8, 12, 13 or 14 digits")
	ErrCheckDigit = errors.New("the check digit of the GTIN is wrong")
)

// gtinDigits is the length that all GTINs have once they are padded with zeros.
const gtinDigits = 14

// GTINKey is what all prints of one GTIN have in common: the number, padded to 14 digits. It answers ErrNotGTIN or
// ErrCheckDigit, with what would be right, when the code is not a GTIN-8, 12, 13 or 14.
//
// Source: GS1 General Specifications, section 7.9, "Check digit calculations".
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

// CheckDigit is the digit that completes a GTIN of which the digits before it are given.
func CheckDigit(digits string) byte {
	sum := 0
	for i := range len(digits) {
		weight := 3 // the digit next to the check digit counts three times, the one before it once, and so on
		if (len(digits)-i)%2 == 0 {
			weight = 1
		}
		sum += weight * int(digits[i]-'0')
	}
	return byte('0' + (10-sum%10)%10)
}

// InternalKey is the key of a code that is no GTIN: the chain's own, or a supplier's.
func InternalKey(code string) string { return ":" + code }

// LookupKeys are the keys under which a scanned code may be kept, the likeliest first. Scanners drop leading zeros or add
// them, so any number of digits up to 14 may be a GTIN.
func LookupKeys(code string) []string {
	code = strings.TrimSpace(code)
	if digits := strings.Trim(code, "0123456789") == ""; digits && code != "" && len(code) <= gtinDigits {
		return []string{strings.Repeat("0", gtinDigits-len(code)) + code, InternalKey(code)}
	}
	return []string{InternalKey(code)}
}
