package catalog_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"aisle/store/catalog"
)

func TestGTINKey(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]string{
		"96385074":       "00000096385074",
		"036000291452":   "00036000291452",
		"4006381333931":  "04006381333931",
		"10036000291459": "10036000291459",
		"0036000291452":  "00036000291452", // a GTIN-12 as a GTIN-13
		"00000000":       "00000000000000",
	} {
		if got, err := catalog.GTINKey(code); got != want || err != nil {
			t.Errorf("GTINKey(%q) = %q, %v, want %q", code, got, err, want)
		}
	}
}

func TestGTINKeyRejectsOtherCodes(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]error{
		"":                catalog.ErrNotGTIN,
		"1234567":         catalog.ErrNotGTIN,
		"123456789":       catalog.ErrNotGTIN,
		"400638133393":    catalog.ErrCheckDigit, // a GTIN-13 that has lost its last digit
		"4006381333932":   catalog.ErrCheckDigit,
		"4006381333":      catalog.ErrNotGTIN,
		"400638133393A":   catalog.ErrNotGTIN,
		"4006381 33931":   catalog.ErrNotGTIN,
		"４００６":            catalog.ErrNotGTIN,
		"100360002914590": catalog.ErrNotGTIN,
	} {
		if key, err := catalog.GTINKey(code); key != "" || !errors.Is(err, want) {
			t.Errorf("GTINKey(%q) = %q, %v, want %v", code, key, err, want)
		}
	}
}

func TestCheckDigit(t *testing.T) {
	t.Parallel()
	for digits, want := range map[string]byte{
		"9638507": '4', "03600029145": '2', "400638133393": '1', "1003600029145": '9', "0000000": '0',
	} {
		if got := catalog.CheckDigit(digits); got != want {
			t.Errorf("CheckDigit(%s) = %c, want %c", digits, got, want)
		}
	}
}

func TestLookupKeysIncludeTheKeyOfThePrintedCode(t *testing.T) {
	t.Parallel()
	for scanned, want := range map[string]string{
		"4006381333931": "04006381333931", "36000291452": "00036000291452", "96385074": "00000096385074",
		"K-17": catalog.InternalKey("K-17"), "17": catalog.InternalKey("17"),
	} {
		if got := catalog.LookupKeys(scanned); !slices.Contains(got, want) {
			t.Errorf("ScanKeys(%q) = %q, and %q is not among them", scanned, got, want)
		}
	}
}

func FuzzGTINKey(f *testing.F) {
	for _, seed := range []string{"", "96385074", "036000291452", "4006381333931", "10036000291459", "400638133393x", "\xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, code string) {
		key, err := catalog.GTINKey(code)
		if err != nil {
			if key != "" || !errors.Is(err, catalog.ErrNotGTIN) && !errors.Is(err, catalog.ErrCheckDigit) {
				t.Errorf("GTINKey(%q) = %q, %v", code, key, err)
			}
			return
		}
		if len(key) != 14 || strings.Trim(key, "0123456789") != "" || !strings.HasSuffix(key, code) {
			t.Errorf("GTINKey(%q) = %q", code, key)
		}
		if again, err := catalog.GTINKey(key); again != key || err != nil {
			t.Errorf("the key of the key %q is %q, %v", key, again, err)
		}
		if !slices.Contains(catalog.LookupKeys(code), key) {
			t.Errorf("a scan of %q does not find %q", code, key)
		}
		wrong := []byte(code)
		wrong[0] = '0' + (wrong[0]-'0'+1)%10
		if _, err := catalog.GTINKey(string(wrong)); !errors.Is(err, catalog.ErrCheckDigit) {
			t.Errorf("one wrong digit, %s for %s, is not found: %v", wrong, code, err)
		}
	})
}
