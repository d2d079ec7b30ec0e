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
	longestBarcodes = 400 // characters of all barcodes of a row
	longestInternal = 48  // digits of the longest GS1 element string, such as on cases
)

// barcodes reads the barcodes of a row, separated by spaces, semicolons, commas, bars or slashes.
func (f *productFile) barcodes(c *cells) []catalog.BarcodeImport {
	value := unwrapped(c.text(fieldBarcode, longestBarcodes))
	if key, whole, ok := spaced(value); ok {
		return []catalog.BarcodeImport{{Key: key, Printed: whole}}
	}
	var codes []catalog.BarcodeImport
	seen := map[string]bool{}
	tokens := strings.FieldsFunc(value, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(";,|/", r) })
	for _, token := range tokens {
		printed := integer(unwrapped(token))
		key, err := f.barcodeKey(printed)
		if err != nil {
			c.failf(fieldBarcode, "%s: %s.", clip(printed, longestInternal), sentence(err, printed))
			continue
		}
		if !seen[key] {
			seen[key] = true
			codes = append(codes, catalog.BarcodeImport{Key: key, Printed: printed})
		}
	}
	return codes
}

// barcodeKey is the key of a GTIN, else, where they are kept, of an internal code.
func (f *productFile) barcodeKey(code string) (string, error) {
	switch {
	case digits(code) && strings.Trim(code, "0") == "":
		return "", errors.New("all digits are zeros")
	case rounded.MatchString(code):
		return "", errors.New("a spreadsheet has rounded the number and lost digits; format the column as text before saving")
	}
	key, err := catalog.GTINKey(code)
	switch {
	case err == nil:
		return key, nil
	case !f.keepInternal:
		return "", err
	case len(code) > longestInternal:
		return "", fmt.Errorf("an internal code has %d characters at the most, not %d", longestInternal, len(code))
	}
	return catalog.InternalKey(code), nil
}

// rounded is a number as a spreadsheet writes it when it has lost digits.
var rounded = regexp.MustCompile(`^\d([.,]\d+)?[eE]\+?\d+$`)

// sentence says what is wrong with a code that is no GTIN, and what may have happened to it.
func sentence(err error, code string) string {
	switch {
	case errors.Is(err, catalog.ErrCheckDigit):
		last, hint := len(code)-1, ""
		if long := expandedUPCE(code); long != "" {
			hint = fmt.Sprintf(" (read as a UPC-E it is right: written in full, %s)", long)
		}
		return fmt.Sprintf("the check digit is %c and should be %c%s", code[last], catalog.CheckDigit(code[:last]), hint)
	case !errors.Is(err, catalog.ErrNotGTIN):
		return err.Error()
	case !digits(code):
		return "a GTIN has nothing but digits"
	}
	hint := ""
	if _, err := catalog.GTINKey("0" + code); err == nil {
		hint = " (with a zero before it, it is one: a spreadsheet may have dropped the zero)"
	}
	return fmt.Sprintf("%v, not %d%s", catalog.ErrNotGTIN, len(code), hint)
}

// expandedUPCE writes the eight digits of a UPC-E, which leaves zeros out, as the GTIN-12 that they stand for; empty when
// they are none.
func expandedUPCE(code string) string {
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

// spaced is a whole GTIN that was printed in groups, as in 4 006381 333931 or 978-3-16-148410-0.
func spaced(value string) (key, whole string, ok bool) {
	whole = strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' {
			return -1
		}
		return r
	}, value)
	for group := range strings.FieldsSeq(value) {
		if _, err := catalog.GTINKey(group); err == nil {
			return "", "", false // rather a list
		}
	}
	key, err := catalog.GTINKey(whole)
	return key, whole, err == nil && whole != value && strings.Trim(whole, "0") != ""
}

// unwrapped takes away what spreadsheets put around digits to keep them as text: ="..." or an apostrophe.
func unwrapped(s string) string {
	if inner, ok := strings.CutPrefix(s, `="`); ok && strings.HasSuffix(inner, `"`) {
		return strings.TrimSuffix(inner, `"`)
	}
	return strings.TrimPrefix(s, "'")
}

// integer takes the fraction .0 away that programs write after whole numbers.
func integer(s string) string {
	if whole, ok := strings.CutSuffix(s, ".0"); ok && digits(whole) {
		return whole
	}
	return s
}

func digits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// canonical is how a code is written as a SKU: a GTIN with as many digits as it needs, 8, 13 or 14.
func canonical(c catalog.BarcodeImport) string {
	internal, is := strings.CutPrefix(c.Key, ":")
	switch {
	case is:
		return internal
	case strings.HasPrefix(c.Key, "000000"):
		return c.Key[len("000000"):]
	}
	return strings.TrimPrefix(c.Key, "0")
}
