package redact

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
)

func TestPasswordsAreExtracted(t *testing.T) {
	t.Parallel()
	for at, want := range map[string]string{
		"postgres://a:b%40c@h/d":                              "b@c",
		"postgres://a@h/d?password=hush":                      "hush",
		"host=h user=a password='h ush'":                      "h ush",
		"host=h password=hush sslmode=disable":                "hush",
		"postgres://a:hush@h1:1,h2:2/d":                       "hush",
		"postgres://a:h@ush@h1:1,h2:2/d":                      "h@ush",
		"postgres://a:hu/sh@h:1/d":                            "hu/sh",
		"postgres://a:b@h1:1,h2:2/d?sslpassword=h%26ush":      "h&ush",
		"redis+sentinel://h?addr=b&sentinel_password=hush":    "hush",
		"redis+sentinel://h?addr=b&sentinel_password=hu%2Fsh": "hu/sh",
		"redis://:hush@h:1":                                   "hush",
	} {
		if got := extractPasswords(at); !slices.Contains(got, want) {
			t.Errorf("%s: got %v", at, got)
		}
	}
}

func TestAllSpellingsOfASecretAreRedacted(t *testing.T) {
	t.Parallel()
	const password = `a<b"c\d&e`
	r := New([]byte("0123456789"), "host=h password="+password)
	asJSON, err := json.Marshal("it is " + password)
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"it is " + password:               "it is " + Placeholder,
		string(asJSON):                    `"it is ` + Placeholder + `"`,
		fmt.Sprintf("it is %q", password): `it is "` + Placeholder + `"`,
		`it is a<b"cd&e`:                  "it is " + Placeholder, // as libpq reads it
		"it is 0123456789":                "it is " + Placeholder,
	} {
		if got := r.Text(text); got != want {
			t.Errorf("%s becomes %s", text, got)
		}
	}
}

func TestTextWithoutSecretsIsUnchanged(t *testing.T) {
	t.Parallel()
	if got := New(nil, "", "postgres://h/d", "redis://h:1").Text("reach h: timeout"); got != "reach h: timeout" {
		t.Errorf("got %s", got)
	}
}
