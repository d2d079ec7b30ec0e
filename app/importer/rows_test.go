package importer

import (
	"math"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"aisle/store/catalog"
)

// parseProduct parses a row as a product.
func parseProduct(t *testing.T, o ProductsOptions, names, values string) (productRow, []problem) {
	t.Helper()
	h, err := newHeader(strings.Split(names, "\t"), productFields(), o.Options)
	if err != nil {
		t.Fatal(err)
	}
	file, err := newProductHandler(h, o)
	if err != nil {
		t.Fatal(err)
	}
	c := cells{header: h, values: strings.Split(values, "\t")}
	return file.parse(&c), c.problems
}

// parseStore parses a row as a store.
func parseStore(t *testing.T, names, values string) (storeRow, []problem) {
	t.Helper()
	h, err := newHeader(strings.Split(names, "\t"), storeFields(), Options{Set: []string{"timezone=America/New_York", "region=South"}})
	if err != nil {
		t.Fatal(err)
	}
	file, err := newStoreHandler(h, StoresOptions{})
	if err != nil {
		t.Fatal(err)
	}
	c := cells{header: h, values: strings.Split(values, "\t")}
	return file.parse(&c), c.problems
}

func TestBarcodes(t *testing.T) {
	t.Parallel()
	one := func(key, printed string) []catalog.BarcodeImport {
		return []catalog.BarcodeImport{{Key: key, Printed: printed}}
	}
	coffee := one("04006381333931", "4006381333931")
	for value, want := range map[string][]catalog.BarcodeImport{
		"4006381333931":               coffee,
		" 4006381333931 ":             coffee,
		"4006381333931.0":             coffee,
		"'4006381333931":              coffee,
		`="4006381333931"`:            coffee,
		"4 006381 333931":             coffee,
		"400-6381-333931":             coffee,
		"4006381333931;4006381333931": coffee,
		"036000291452":                one("00036000291452", "036000291452"),
		"96385074":                    one("00000096385074", "96385074"),
		"10036000291459":              one("10036000291459", "10036000291459"),
		"4006381333931, 96385074|036000291452": {
			{Key: "04006381333931", Printed: "4006381333931"},
			{Key: "00000096385074", Printed: "96385074"},
			{Key: "00036000291452", Printed: "036000291452"},
		},
	} {
		row, problems := parseProduct(t, ProductsOptions{}, "name\tbarcode", "Milk\t"+value)
		if diff := cmp.Diff(want, row.Codes); diff != "" || problems != nil {
			t.Errorf("%s: %v, codes (-want +got):\n%s", value, problems, diff)
		}
	}
}

func TestInvalidBarcodes(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{
		"":              "The barcode is missing.",
		"4006381333932": "4006381333932: the check digit is 2 and should be 1.",
		"12345":         "12345: a GTIN has 8, 12, 13 or 14 digits, not 5.",
		"36000291452": "36000291452: a GTIN has 8, 12, 13 or 14 digits, not 11 " +
			"(with a leading zero it is valid: a spreadsheet may have removed the zero).",
		"4006381ABC931":   "4006381ABC931: a GTIN has digits only.",
		"4.00638E+12":     "4.00638E+12: a spreadsheet has rounded the number: format the column as text before you save it.",
		"0000000000000":   "0000000000000: all digits are zero.",
		"02135418":        "02135418: the check digit is 8 and should be 0 (it is a valid UPC-E: the full code is 021100003548).",
		"4006381333931 7": "7: a GTIN has 8, 12, 13 or 14 digits, not 1.",
	} {
		_, problems := parseProduct(t, ProductsOptions{}, "name\tbarcode", "Milk\t"+value)
		if diff := cmp.Diff([]problem{{"barcode", want}}, problems, cmp.AllowUnexported(problem{})); diff != "" {
			t.Errorf("%s: problems (-want +got):\n%s", value, diff)
		}
	}
}

func TestInternalCodes(t *testing.T) {
	t.Parallel()
	row, problems := parseProduct(t, ProductsOptions{KeepInternal: true}, "name\tbarcode", "Milk\t4006381333932;K-17;96385074")
	want := productRow{
		SKU: "4006381333932", Name: "Milk",
		Codes: []catalog.BarcodeImport{
			{Key: ":4006381333932", Printed: "4006381333932"},
			{Key: ":K-17", Printed: "K-17"},
			{Key: "00000096385074", Printed: "96385074"},
		},
	}
	if diff := cmp.Diff(want, row); diff != "" || problems != nil {
		t.Errorf("%v, product (-want +got):\n%s", problems, diff)
	}
	_, problems = parseProduct(t, ProductsOptions{KeepInternal: true}, "name\tbarcode", "Milk\t"+strings.Repeat("9", 49))
	if len(problems) != 1 {
		t.Errorf("a code of 49 digits has the problems %v", problems)
	}
}

func TestUnits(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]catalog.StockUnit{
		"": "", "piece": catalog.UnitPiece, "PIECES": catalog.UnitPiece, "pcs.": catalog.UnitPiece, "Each": catalog.UnitPiece,
		"GRAM": catalog.UnitGram, "g": catalog.UnitGram, "grams": catalog.UnitGram,
		"MILLILITRE": catalog.UnitMillilitre, "milliliters": catalog.UnitMillilitre, "mL": catalog.UnitMillilitre,
	} {
		if row, problems := parseProduct(t, ProductsOptions{}, "sku\tname\tUnit of measure", "1\tMilk\t"+value); row.Unit != want || problems != nil {
			t.Errorf("%q is %q, want %q; %v", value, row.Unit, want, problems)
		}
	}
	_, problems := parseProduct(t, ProductsOptions{}, "sku\tname\tunit", "1\tMilk\tkg")
	want := []problem{{"unit", `The unit "kg" is not PIECE, GRAM or MILLILITRE.`}}
	if diff := cmp.Diff(want, problems, cmp.AllowUnexported(problem{})); diff != "" {
		t.Errorf("kg (-want +got):\n%s", diff)
	}
}

func TestSKUIsDerivedFromBarcode(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{
		"4006381333931": "4006381333931", "04006381333931": "4006381333931", "036000291452": "0036000291452",
		"96385074": "96385074", "0000096385074": "96385074", "10036000291459": "10036000291459",
	} {
		if row, _ := parseProduct(t, ProductsOptions{}, "name\tbarcode", "Milk\t"+value); row.SKU != want {
			t.Errorf("the SKU of %s is %s, want %s", value, row.SKU, want)
		}
	}
}

func TestInvalidNames(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{
		"":                       "The name is missing.",
		" &nbsp; ":               "The name is missing.",
		"-- ?":                   `The name "-- ?" has neither letters nor digits.`,
		"#N/A":                   `The name "#N/A" is a placeholder.`,
		"Test":                   `The name "Test" is a placeholder.`,
		"4006381333931":          `The name "4006381333931" equals the barcode.`,
		strings.Repeat("é", 201): "The text has 201 characters; the maximum is 200.",
		"Caf\xe9":                "Character 4 is the byte 0xE9, which is not UTF-8 (in windows-1252 it is é).",
		"Caf\x00e":               "Character 4 is NUL.",
		"Caf\ufffd":              `Character 4 is '�': the original character was lost in an earlier conversion.`,
	} {
		_, problems := parseProduct(t, ProductsOptions{}, "name\tbarcode", value+"\t4006381333931")
		if diff := cmp.Diff([]problem{{"name", want}}, problems, cmp.AllowUnexported(problem{})); diff != "" {
			t.Errorf("%q: problems (-want +got):\n%s", value, diff)
		}
	}
}

func TestUnusedColumnsMayBeInvalid(t *testing.T) {
	t.Parallel()
	if _, problems := parseProduct(t, ProductsOptions{}, "name\tbarcode\tnote", "Milk\t4006381333931\t\xff"); problems != nil {
		t.Errorf("got the problems %v", problems)
	}
}

func TestCoordinates(t *testing.T) {
	t.Parallel()
	for value, want := range map[string][2]float64{
		"33.5\t-84.25": {33.5, -84.25},
		"33,5\t-84,25": {33.5, -84.25},
		"+33.5\t-84.":  {33.5, -84},
		"0\t-84.25":    {0, -84.25},
	} {
		row, problems := parseStore(t, "code\tname\tlat\tlon", "A1\tMain St\t"+value)
		if problems != nil || row.Latitude == nil || [2]float64{*row.Latitude, *row.Longitude} != want {
			t.Errorf("%q: got %v and the problems %v, want %v", value, row.Location(), problems, want)
		}
	}
	if row, problems := parseStore(t, "code\tname\tlat\tlon", "A1\tMain St\t\t "); problems != nil || row.Location() != nil {
		t.Errorf("a store without coordinates is at %v and has the problems %v", row.Location(), problems)
	}
}

func TestInvalidStores(t *testing.T) {
	t.Parallel()
	const names = "code\tname\tlat\tlon\ttimezone\tcountry\tformat\tregion"
	for values, want := range map[string]problem{
		"\tMain St":                   {"code", "The code is missing."},
		"A1\t":                        {"name", "The name is missing."},
		"A1\tMain St\tnorth\t-84":     {"lat", `The latitude "north" is not a decimal number of degrees such as 33.7488.`},
		"A1\tMain St\tNaN\t-84":       {"lat", `The latitude "NaN" is not a decimal number of degrees such as 33.7488.`},
		"A1\tMain St\t33\t":           {"lon", "The longitude is missing: give both coordinates or none."},
		"A1\tMain St\t91\t-184":       {"lat", "The latitude 91 is not between -90 and 90."},
		"A1\tMain St\t33\t-184":       {"lon", "The longitude -184 is not between -180 and 180."},
		"A1\tMain St\t-93\t33":        {"lat", "The latitude -93 is not between -90 and 90: it seems to be swapped with the longitude 33."},
		"A1\tMain St\t-84\t33":        {"lon", "The longitude 33 is far from America/New_York: it seems to be swapped with the latitude -84."},
		"A1\tMain St\t33\t84":         {"lon", "The longitude 84 is far from America/New_York: is its sign right (west is negative)?"},
		"A1\tMain St\t0\t0.0":         {"lat", "Latitude and longitude are 0, a place in the ocean: leave both empty if they are unknown."},
		"A1\tMain St\t\t\tEST5":       {"timezone", `The timezone "EST5" is not an IANA name such as America/New_York.`},
		"A1\tMain St\t33\t-84\tEST5":  {"timezone", `The timezone "EST5" is not an IANA name such as America/New_York.`},
		"A1\tMain St\t\t\t\tUSA":      {"country", `The country "USA" is not a two-letter code (ISO 3166) such as US.`},
		"A1\tMain St\t\t\t\t\tmall":   {"format", `The format "mall" is not one of HYPERMARKET, SUPERMARKET, CONVENIENCE, DISCOUNT, DARK_STORE.`},
		"A1\tMain St\t\t\t\tus\t\t??": {"region", `The region "??" has neither letters nor digits.`},
	} {
		values += strings.Repeat("\t", strings.Count(names, "\t")-strings.Count(values, "\t"))
		_, problems := parseStore(t, names, values)
		if diff := cmp.Diff([]problem{want}, problems, cmp.AllowUnexported(problem{})); diff != "" {
			t.Errorf("%q: problems (-want +got):\n%s", values, diff)
		}
	}
}

func TestInvalidStoresOptionsAreRejected(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		options StoresOptions
		want    string
	}{
		"nothing": {
			StoresOptions{},
			"no column for the code: use --map code=COLUMN, or --code-from COLUMN,COLUMN to generate it from columns that identify a store",
		},
		"timezone": {
			StoresOptions{CodeFrom: []string{"name"}, Options: Options{Set: []string{"region=South"}}},
			"no column for the timezone: use --map timezone=COLUMN, or --set timezone=America/New_York (an IANA name) if all stores have the same",
		},
		"wrong timezone": {
			StoresOptions{CodeFrom: []string{"name"}, Options: Options{Set: []string{"region=South", "timezone=EST5"}}},
			`--set timezone=EST5: The timezone "EST5" is not an IANA name such as America/New_York.`,
		},
		"wrong column of a code": {
			StoresOptions{CodeFrom: []string{"nam"}, Options: Options{Set: []string{"region=South", "timezone=UTC"}}},
			`--code-from: the file has no column "nam" (did you mean "name"?)`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, err := newHeader([]string{"name", "city"}, storeFields(), test.options.Options)
			if err != nil {
				t.Fatal(err)
			}
			_, err = newStoreHandler(h, test.options)
			if err == nil || !strings.HasPrefix(err.Error(), test.want) {
				t.Errorf("got the error %v\nwant %s", err, test.want)
			}
		})
	}
}

// FuzzParseRow checks that a row either has a problem or can be stored in PostgreSQL.
func FuzzParseRow(f *testing.F) {
	f.Add("A1", "Main St", "4006381333931", "33.5", "-84.25")
	f.Add(" ", "&#0;", "4.0E+12;0", "-93", "0x1p-2")
	f.Add("\x00", "\xff\u202e", "='\"1\"", "1e5", "NaN")
	const storeNames = "code\tname\tregion\tlat\tlon"
	f.Fuzz(func(t *testing.T, code, name, barcode, lat, lon string) {
		store, problems := parseStore(t, storeNames, strings.Join([]string{code, name, barcode, lat, lon}, "\t"))
		at := store.Location()
		if problems == nil && (!isStorable(store.Code, store.Name, store.RegionCode, store.RegionName) ||
			at != nil && !(math.Abs(at.Latitude) <= maxLatitude && math.Abs(at.Longitude) <= maxLongitude)) {
			t.Errorf("the store %+v has no problem", store)
		}
		for _, keep := range []bool{false, true} {
			values := strings.Join([]string{code, name, barcode}, "\t")
			product, problems := parseProduct(t, ProductsOptions{KeepInternal: keep}, "sku\tname\tbarcode", values)
			texts := []string{product.SKU, product.Name}
			for _, c := range product.Codes {
				texts = append(texts, c.Key, c.Printed)
			}
			if problems == nil && !isStorable(texts...) {
				t.Errorf("the product %+v has no problem", product)
			}
		}
	})
}

// isStorable reports whether texts are not empty and PostgreSQL can store them.
func isStorable(texts ...string) bool {
	for _, s := range texts {
		if s == "" || len(s) > 4*maxNameLen || !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl) {
			return false
		}
	}
	return true
}
