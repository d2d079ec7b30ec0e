package importer

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"aisle/store/catalog"
)

const (
	maxBarcodesLen     = 400 // of all barcodes of a row, in characters
	maxInternalCodeLen = 48  // the length of the longest GS1 element string
)

// A barcodeParser parses barcodes.
type barcodeParser struct {
	keepInternal bool // accepts codes that are not GTINs as internal codes
}

// parse parses the barcodes of a row, which are separated by spaces, semicolons, commas, bars or slashes.
func (p barcodeParser) parse(c *cells) []catalog.BarcodeImport {
	value := unwrapText(c.text(fieldBarcode, maxBarcodesLen))
	if key, whole, ok := parseGroupedGTIN(value); ok {
		return []catalog.BarcodeImport{{Key: key, Printed: whole}}
	}
	var codes []catalog.BarcodeImport
	seen := map[string]bool{}
	tokens := strings.FieldsFunc(value, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(";,|/", r) })
	for _, token := range tokens {
		printed := trimZeroFraction(unwrapText(token))
		key, err := p.key(printed)
		if err != nil {
			c.addProblemf(fieldBarcode, "%s: %s.", truncate(printed, maxInternalCodeLen), explainGTINError(err, printed))
			continue
		}
		if !seen[key] {
			seen[key] = true
			codes = append(codes, catalog.BarcodeImport{Key: key, Printed: printed})
		}
	}
	return codes
}

// key returns the key of a GTIN, or of an internal code if those are accepted.
func (p barcodeParser) key(code string) (string, error) {
	switch {
	case isDigits(code) && strings.Trim(code, "0") == "":
		return "", errors.New("all digits are zero")
	case roundedNumber.MatchString(code):
		return "", errors.New("a spreadsheet has rounded the number: format the column as text before you save it")
	}
	key, err := catalog.GTINKey(code)
	switch {
	case err == nil:
		return key, nil
	case !p.keepInternal:
		return "", err
	case len(code) > maxInternalCodeLen:
		return "", fmt.Errorf("an internal code has at most %d characters, not %d", maxInternalCodeLen, len(code))
	}
	return catalog.InternalKey(code), nil
}

// roundedNumber matches a number in the scientific notation of spreadsheets.
var roundedNumber = regexp.MustCompile(`^\d([.,]\d+)?[eE]\+?\d+$`)

// explainGTINError says why a code is not a GTIN, with a hint about the likely cause.
func explainGTINError(err error, code string) string {
	switch {
	case errors.Is(err, catalog.ErrCheckDigit):
		last, hint := len(code)-1, ""
		if long := expandUPCE(code); long != "" {
			hint = fmt.Sprintf(" (it is a valid UPC-E: the full code is %s)", long)
		}
		return fmt.Sprintf("the check digit is %c and should be %c%s", code[last], catalog.CheckDigit(code[:last]), hint)
	case !errors.Is(err, catalog.ErrNotGTIN):
		return err.Error()
	case !isDigits(code):
		return "a GTIN has digits only"
	}
	hint := ""
	if _, err := catalog.GTINKey("0" + code); err == nil {
		hint = " (with a leading zero it is valid: a spreadsheet may have removed the zero)"
	}
	return fmt.Sprintf("%v, not %d%s", catalog.ErrNotGTIN, len(code), hint)
}

// expandUPCE returns the GTIN-12 of a UPC-E of eight digits, or an empty string if the code is not a UPC-E.
func expandUPCE(code string) string {
	if len(code) != 8 || code[0] > '1' {
		return ""
	}
	var long string
	switch d := code[1:7]; d[5] {
	case '0', '1', '2':
		long = d[:2] + d[5:] + "0000" + d[2:5]
	case '3':
		long = d[:3] + "00000" + d[3:5]
	case '4':
		long = d[:4] + "00000" + d[4:5]
	default:
		long = d[:5] + "0000" + d[5:]
	}
	long = code[:1] + long + code[7:]
	if _, err := catalog.GTINKey(long); err != nil {
		return ""
	}
	return long
}

// parseGroupedGTIN parses a GTIN with its digits in groups, such as 4 006381 333931 or 978-3-16-148410-0.
func parseGroupedGTIN(value string) (key, whole string, ok bool) {
	whole = strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' {
			return -1
		}
		return r
	}, value)
	for group := range strings.FieldsSeq(value) {
		if _, err := catalog.GTINKey(group); err == nil {
			return "", "", false // it is a list of GTINs
		}
	}
	key, err := catalog.GTINKey(whole)
	return key, whole, err == nil && whole != value && strings.Trim(whole, "0") != ""
}

// unwrapText removes what spreadsheets put around digits to mark them as text: ="..." or an apostrophe.
func unwrapText(s string) string {
	if inner, ok := strings.CutPrefix(s, `="`); ok && strings.HasSuffix(inner, `"`) {
		return strings.TrimSuffix(inner, `"`)
	}
	return strings.TrimPrefix(s, "'")
}

// trimZeroFraction removes the fraction .0 from a whole number.
func trimZeroFraction(s string) string {
	if whole, ok := strings.CutSuffix(s, ".0"); ok && isDigits(whole) {
		return whole
	}
	return s
}

func isDigits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// skuOf returns the SKU for a product that has only a barcode: a GTIN without leading zeros, of 8, 13 or 14 digits.
func skuOf(c catalog.BarcodeImport) string {
	internal, is := strings.CutPrefix(c.Key, ":")
	switch {
	case is:
		return internal
	case strings.HasPrefix(c.Key, "000000"):
		return c.Key[len("000000"):]
	}
	return strings.TrimPrefix(c.Key, "0")
}
