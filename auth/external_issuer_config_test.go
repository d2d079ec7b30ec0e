package auth_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"aisle/auth"
)

func TestParseExternalIssuers(t *testing.T) {
	t.Parallel()
	got, err := auth.ParseExternalIssuers([]byte(`[
		{"issuer": "https://id.test", "audience": "aisle", "jwks": "https://id.test/certs", "login": "preferred_username"},
		{"issuer": "dev", "audience": "aisle", "jwks": "http://127.0.0.1:8081/certs", "employee": "sub"}
	]`))
	if err != nil {
		t.Fatal(err)
	}
	want := []auth.ExternalIssuerConfig{
		{Issuer: "https://id.test", Audience: "aisle", JWKS: "https://id.test/certs", Login: "preferred_username"},
		{Issuer: "dev", Audience: "aisle", JWKS: "http://127.0.0.1:8081/certs", Employee: "sub"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestParseExternalIssuersRejectsInvalidInput(t *testing.T) {
	t.Parallel()
	const good = `{"issuer":"i","audience":"a","jwks":"https://id.test/certs","login":"sub"}`
	for name, test := range map[string]struct{ text, reason string }{
		"no JSON":              {"https://id.test", "not a JSON list"},
		"no list":              {good, "not a JSON list"},
		"a misspelled member":  {`[{"issuer":"i","audience":"a","jwks":"https://id.test","Claim":"sub"}]`, `"Claim"`},
		"two lists":            {"[][]", "follows"},
		"no issuer":            {strings.Replace("["+good+"]", `"i"`, `""`, 1), `"issuer"`},
		"no audience":          {strings.Replace("["+good+"]", `"a"`, `""`, 1), `"audience"`},
		"no claim":             {strings.Replace("["+good+"]", `"sub"`, `""`, 1), `"login"`},
		"two claims":           {strings.Replace("["+good+"]", `}`, `,"employee":"id"}`, 1), `"employee"`},
		"no URL":               {strings.Replace("["+good+"]", `https://id.test/certs`, `certs`, 1), `"jwks"`},
		"http":                 {strings.Replace("["+good+"]", `https://`, `http://`, 1), "https://"},
		"http to a name alike": {strings.Replace("["+good+"]", `https://id.test`, `http://localhost.evil.test`, 1), "https://"},
		"a file":               {strings.Replace("["+good+"]", `https://id.test`, `file://localhost`, 1), "https://"},
		"a password":           {strings.Replace("["+good+"]", `https://`, `https://u:hush@`, 1), "password"},
		"one twice":            {"[" + good + "," + good + "]", "listed twice"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := auth.ParseExternalIssuers([]byte(test.text))
			if err == nil || !strings.Contains(err.Error(), test.reason) {
				t.Errorf("got %v, want something about %s", err, test.reason)
			}
			if err != nil && strings.Contains(err.Error(), "hush") {
				t.Errorf("the error tells the password: %v", err)
			}
		})
	}
}
