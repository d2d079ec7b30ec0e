package graphqlhttp

import (
	"net/http"
	"testing"
)

func TestAcceptSelectsTheMediaType(t *testing.T) {
	for _, c := range []struct {
		name   string
		accept []string
		want   string // empty when nothing is acceptable
	}{
		{"missing", nil, mediaJSON},
		{"anything", []string{"*/*"}, mediaJSON},
		{"any application", []string{"application/*"}, mediaJSON},
		{"legacy", []string{"application/json"}, mediaJSON},
		{"current", []string{"application/graphql-response+json"}, mediaGraphQL},
		{"in capitals", []string{"Application/GraphQL-Response+JSON"}, mediaGraphQL},
		{"both, the current one first", []string{"application/graphql-response+json, application/json"}, mediaGraphQL},
		{"both, the legacy one first", []string{"application/json, application/graphql-response+json"}, mediaGraphQL},
		{"both, in two headers", []string{"application/json", "application/graphql-response+json"}, mediaGraphQL},
		{"both, the legacy one preferred", []string{"application/graphql-response+json;q=0.8, application/json;q=0.9"}, mediaJSON},
		{"the current one or anything", []string{"application/graphql-response+json, */*;q=0.1"}, mediaGraphQL},
		{"the legacy one or anything", []string{"application/json, */*;q=0.1"}, mediaJSON},
		{"anything but the legacy one", []string{"*/*, application/json;q=0"}, mediaGraphQL},
		{"the closest range counts", []string{"*/*, application/json;q=0.1, application/graphql-response+json;q=0.2"}, mediaGraphQL},
		{"with a charset", []string{"application/graphql-response+json; charset=utf-8"}, mediaGraphQL},
		{"a browser", []string{"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}, mediaJSON},
		{"another", []string{"text/html"}, ""},
		{"both refused", []string{"application/json;q=0, application/graphql-response+json;q=0.0"}, ""},
		{"another charset", []string{"application/json; charset=latin1"}, ""},
		{"a quality that is none", []string{"application/json;q=NaN"}, ""},
		{"malformed", []string{";;,/,q"}, ""},
		{"malformed beside a good one", []string{";;, application/json"}, mediaJSON},
		{"empty", []string{""}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, ok := acceptedMedia(http.Header{"Accept": c.accept})

			if got != c.want || ok != (c.want != "") {
				t.Errorf("got %q %v, want %q", got, ok, c.want)
			}
		})
	}
}

func TestOnlyPlainJSONIsAcceptedAsABody(t *testing.T) {
	for contentType, good := range map[string]bool{
		"application/json":                  true,
		"application/json; charset=utf-8":   true,
		`application/json;charset="UTF-8"`:  true,
		"application/json; charset=latin1":  false,
		"application/graphql":               false,
		"application/x-www-form-urlencoded": false,
		"text/plain":                        false,
		"multipart/form-data; boundary=x":   false,
		"":                                  false,
		"nonsense;;":                        false,
	} {
		err := checkContent(http.Header{"Content-Type": {contentType}})

		if (err == nil) != good {
			t.Errorf("%q: %v", contentType, err)
		}
	}
	if err := checkContent(http.Header{"Content-Type": {"application/json"}, "Content-Encoding": {"gzip"}}); err == nil {
		t.Error("a compressed body was taken")
	}
}
