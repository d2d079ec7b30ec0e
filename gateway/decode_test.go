package gateway

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/google/go-cmp/cmp"

	"aisle/gateway/apierror"
)

func TestDecodeReadsTheParameters(t *testing.T) {
	got, err := decodeParams([]byte(` {"query":"{a}","operationName":"A","variables":{"n":12345678901234567890},`+
		`"extensions":{"x":null},"unknown":1} `), bodyMembers)
	if err != nil {
		t.Fatal(err)
	}

	want := &graphql.RawParams{
		Query:         "{a}",
		OperationName: "A",
		Variables:     map[string]any{"n": json.Number("12345678901234567890")},
		Extensions:    map[string]any{"x": nil},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestDecodeTreatsNullAsAbsent(t *testing.T) {
	got, err := decodeParams([]byte(`{"query":"{a}","operationName":null,"variables":null,"extensions":null}`), bodyMembers)
	if err != nil {
		t.Fatal(err)
	}

	if diff := cmp.Diff(&graphql.RawParams{Query: "{a}"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestAURLHasTheParametersOfABody(t *testing.T) {
	got, err := decodeParams([]byte("query=%7Ba%7D&operationName=A&variables=+%7B%22n%22%3A12345678901234567890%7D&extensions=%7B%7D&unknown=%FF"),
		urlMembers)
	if err != nil {
		t.Fatal(err)
	}

	want := &graphql.RawParams{
		Query: "{a}", OperationName: "A", Variables: map[string]any{"n": json.Number("12345678901234567890")}, Extensions: map[string]any{},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestDecodeReportsErrorsInAURL(t *testing.T) {
	for query, want := range map[string]string{
		"":                               `The request has no document: send it as the string "query".`,
		"query=":                         `The request has no document: send it as the string "query".`,
		"query=%":                        `The query of the URL is malformed: percent-encode its names and values, and separate them with "&".`,
		"query=%7Ba%7D;variables=%7B%7D": `The query of the URL is malformed: percent-encode its names and values, and separate them with "&".`,
		"query=%7Ba%7D&query=%7Bb%7D":    `"query" is in the URL 2 times.`,
		"query=%FF":                      `"query" is not valid UTF-8.`,
		"query={a}&variables={":          `"variables" is not valid JSON.`,
		"query={a}&variables={}{}":       `"variables" is not valid JSON.`,
		"query={a}&variables=[1]":        `"variables" must be an object, not an array.`,
		"query={a}&extensions=%22x%22":   `"extensions" must be an object, not a string.`,
	} {
		if _, err := decodeParams([]byte(query), urlMembers); err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %s", query, err, want)
		}
	}
}

func TestDecodeReportsErrorsInABody(t *testing.T) {
	const noJSON = "The body is not valid JSON: "
	for name, c := range map[string]struct{ body, want string }{
		"empty":                   {"", `The body is empty: send {"query": "..."}.`},
		"blank":                   {" \n", `The body is empty: send {"query": "..."}.`},
		"truncated":               {`{"query":"{a}`, noJSON + "unexpected end of JSON input, after 13 bytes."},
		"garbage behind":          {`{"query":"{a}"} x`, noJSON + "invalid character 'x' after top-level value, after 17 bytes."},
		"a second value":          {`{"query":"{a}"}{}`, noJSON + "invalid character '{' after top-level value, after 16 bytes."},
		"no UTF-8":                {"{\"query\":\"\xff\"}", "The body is not valid UTF-8."},
		"a batch":                 {`[{"query":"{a}"}]`, "Batches are not supported: send each operation in a request of its own."},
		"null":                    {"null", "The body must be a JSON object, not null."},
		"a string":                {`"{a}"`, "The body must be a JSON object, not a string."},
		"no query":                {`{}`, `The request has no document: send it as the string "query".`},
		"query null":              {`{"query":null}`, `The request has no document: send it as the string "query".`},
		"query in capitals":       {`{"QUERY":"{a}"}`, `The request has no document: send it as the string "query".`},
		"query a number":          {`{"query":1}`, `"query" must be a string, not a number.`},
		"query an object":         {`{"query":{}}`, `"query" must be a string, not an object.`},
		"operationName a boolean": {`{"query":"{a}","operationName":false}`, `"operationName" must be a string, not a boolean.`},
		"variables an array":      {`{"query":"{a}","variables":[1]}`, `"variables" must be an object, not an array.`},
		"variables a string":      {`{"query":"{a}","variables":"{}"}`, `"variables" must be an object, not a string.`},
		"extensions a number":     {`{"query":"{a}","extensions":-1}`, `"extensions" must be an object, not a number.`},
		"nested beyond all reason": {
			`{"variables":` + strings.Repeat("[", 20_000),
			noJSON + "invalid character '[' exceeded max depth, after 10013 bytes.",
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := decodeParams([]byte(c.body), bodyMembers)

			if err == nil || err.Error() != c.want {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
}

func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		`{"query":"{a}"}`, `{"query":"{a}","operationName":"A","variables":{"a":[1.5e3,null]},"extensions":{}}`,
		`{"extensions":{"persistedQuery":{"version":1}}}`, `[]`, `{"query":`, "\xff", ` null `, `{"variables":{},"variables":0}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		params, err := decodeParams(body, bodyMembers)
		if err == nil {
			if (params.Query == "" && params.Extensions["persistedQuery"] == nil) || !json.Valid(body) {
				t.Errorf("%q was taken as %+v", body, params)
			}
			return
		}
		refused := new(apierror.Error)
		if !errors.As(err, &refused) || refused.Code != apierror.CodeBadRequest || !strings.HasSuffix(refused.Message, ".") {
			t.Errorf("%q: %v is no sentence for a client", body, err)
		}
	})
}
