package importer

import (
	"testing"
)

func TestClean(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"  a \t b\u00a0 c ":               "a b c",
		"Salt &amp; Pepper":               "Salt & Pepper",
		"&quot;moche&quot;":               `"moche"`,
		"Boer&quot;n &#039;t &#x27;s":     `Boer"n 't 's`,
		"twice &amp;quot;x&amp;quot;":     `twice "x"`,
		"Fish&Chips &copyright AT&T; &lt": "Fish&Chips &copyright AT&T; &lt",
		"zero\u200bwidth so\u00adft":      "zerowidth soft",
		"\u202eevil":                      "evil",
		"line\nend\x07":                   "line end",
		"Cafe\u0301":                      "Café",
		"می\u200cخواهم":                   "می\u200cخواهم",
	} {
		if got := cleanText(in); got != want {
			t.Errorf("clean(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestTitled(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"APPLING": "Appling", "BEN HILL": "Ben Hill", "DeKalb": "DeKalb", "O'BRIEN": "O'brien", "ÎLE-DE-FRANCE": "Île-De-France", "": "",
	} {
		if got := titleCase(in); got != want {
			t.Errorf("titled(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestSlug(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"Appling": "appling", "BEN  Hill": "ben-hill", "Île-de-France": "ile-de-france", "O'Brien": "obrien", "Москва": "москва",
		"Ōsaka": "osaka", "--": "",
	} {
		if got := slug(in); got != want {
			t.Errorf("slug(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestNumber(t *testing.T) {
	t.Parallel()
	for in, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567"} {
		if got := formatNumber(in); got != want {
			t.Errorf("number(%d) = %s, want %s", in, got, want)
		}
	}
}

func TestGenerateCode(t *testing.T) {
	t.Parallel()
	code := func(texts ...string) string {
		code, ok := generateCode(texts)
		if !ok {
			t.Errorf("no code for %q", texts)
		}
		return code
	}
	const stable = "CY10TRNP" // if the codes changed, the next import would duplicate all stores
	if got := code("Baxley Meats", "1010 S Main St"); got != stable {
		t.Errorf("got the code %s, want %s", got, stable)
	}
	if code("BAXLEY  MEATS", "1010 S. Main St.") != stable {
		t.Error("case, spaces or punctuation change the code")
	}
	if code("Baxley", "Meats 1010 S Main St") == stable {
		t.Error("texts in other columns give the same code")
	}
	if _, ok := generateCode([]string{" ", "-"}); ok {
		t.Error("a code is generated from nothing")
	}
}
