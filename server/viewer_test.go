package server_test

import (
	"context"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql/introspection"

	"aisle/auth"
)

func TestTheTokenSaysWhoAsks(t *testing.T) {
	var seen auth.Viewer
	edge := newEdge(t, resolvers{"secret": func(ctx context.Context, _ map[string]any) (any, error) {
		seen = auth.ViewerFromContext(ctx)
		return "told", nil
	}})

	edge.run(associateToken, legacy, "{ secret }").want(t, 200, `{"data":{"secret":"told"}}`)

	if seen != associate {
		t.Errorf("got %+v", seen)
	}
}

func TestNobodyRunsOnlyWhatIsPublic(t *testing.T) {
	ran := false
	edge := newEdge(t, resolvers{"hello": func(context.Context, map[string]any) (any, error) { ran = true; return "", nil }})
	for document, refused := range map[string]bool{
		"{ __typename }":      false,
		"mutation { signIn }": false,
		"{ who }":             false,
		"{ who: secret }":     true,
		"{ hello ...F } fragment F on Query { secret }":               true,
		"{ hello ... { ... on Query { secret } } }":                   true,
		"query($no: Boolean = false) { who secret @include(if: $no)}": false,
		"query($no: Boolean = true) { who secret @include(if: $no)}":  true,
		"{ __schema { description } }":                                true,
		`{ __type(name: "Query") { name } }`:                          true,
	} {
		got := edge.run("", current, document)

		if (got.status != 200) != refused {
			t.Errorf("%s: %d %s", document, got.status, got.body)
		}
	}
	if ran {
		t.Error("a refused operation ran in part")
	}
}

func TestNobodyIsToldToSignIn(t *testing.T) {
	got := newEdge(t, nil).run("", current, "{ hello secret }")

	err := got.theError(t)
	if err.Extensions.Code != "UNAUTHENTICATED" || err.Message != `Sign in first: "secret" needs an access token.` {
		t.Error(got.body)
	}
	if challenge := got.header.Get("WWW-Authenticate"); challenge != "Bearer" {
		t.Errorf("WWW-Authenticate: %q", challenge)
	}
}

func TestAWrongTokenIsRefusedWithoutItsReason(t *testing.T) {
	edge := newEdge(t, nil)
	for header, message := range map[string]string{
		"Bearer " + expiredToken:   auth.ErrInvalidToken.Error(),
		"Bearer forged":            auth.ErrInvalidToken.Error(),
		"Basic dXNlcjpwYXNzd29yZA": `Send one access token, as "Authorization: Bearer <token>".`,
		"Bearer ":                  `Send one access token, as "Authorization: Bearer <token>".`,
	} {
		for _, media := range []string{legacy, current} {
			got := edge.do(request{
				header: map[string]string{"Authorization": header, "Accept": media},
				body:   `{"query":"{ secret }"}`,
			})

			err := got.theError(t)
			if got.status != 401 || err.Extensions.Code != "UNAUTHENTICATED" || err.Message != message {
				t.Errorf("%s: %d %s", header, got.status, got.body)
			}
			if got.header.Get("WWW-Authenticate") == "" {
				t.Errorf("%s: no WWW-Authenticate", header)
			}
		}
	}
}

// An app whose token has expired puts it into the request that renews the session, too.
func TestAWrongTokenDoesNotHinderWhatNeedsNone(t *testing.T) {
	edge := newEdge(t, nil)
	for _, token := range []string{expiredToken, "forged"} {
		if got := edge.run(token, current, "{ hello }"); got.status != 200 {
			t.Errorf("%d %s", got.status, got.body)
		}
	}
}

func TestATokenThatCannotBeCheckedIsAFaultAndNotItsBearers(t *testing.T) {
	edge := newEdge(t, nil)

	got := edge.run(faultyToken, current, "{ hello }")

	if got.status != 500 || got.theError(t).Extensions.Code != "INTERNAL" {
		t.Errorf("%d %s", got.status, got.body)
	}
}

func TestTheSchemaIsForAdministratorsAndInDevForAnyone(t *testing.T) {
	const document = `{ __type(name: "Query") { name } }`
	edge, dev := newEdge(t, nil), newEdge(t, nil, func(c *config) { c.Dev = true })

	if got := edge.run(associateToken, current, document); got.theError(t).Extensions.Code != "FORBIDDEN" {
		t.Errorf("an associate: %s", got.body)
	}
	if got := edge.run(adminToken, current, document); got.status != 200 {
		t.Errorf("an administrator: %s", got.body)
	}
	if got := dev.run("", current, document); got.status != 200 {
		t.Errorf("anyone in dev: %s", got.body)
	}
}

func TestOnlyWhoMaySeeTheSchemaIsToldWhatTheyMayHaveMeant(t *testing.T) {
	edge, dev := newEdge(t, nil), newEdge(t, nil, func(c *config) { c.Dev = true })
	for what, document := range map[string]string{
		"a field":          "{ helo }",
		"an argument":      "{ hello(nam: 1) }",
		"a type of fields": "{ self }",
		"an input's field": `{ hello(greeting: {nam: "x", name: "y"}) }`,
		"an enum":          "{ shade(of: DRAK) }",
	} {
		for by, got := range map[string]answer{
			"nobody": edge.run("", current, document), "an associate": edge.run(associateToken, current, document),
		} {
			if strings.Contains(got.body, "Did you mean") || got.status != 400 {
				t.Errorf("%s, told to %s: %s", what, by, got.body)
			}
		}
		for by, got := range map[string]answer{
			"an administrator": edge.run(adminToken, current, document), "anyone in dev": dev.run("", current, document),
		} {
			if !strings.Contains(got.body, "Did you mean") {
				t.Errorf("%s, not told to %s: %s", what, by, got.body)
			}
		}
	}
}

// Tools read the schema with deep documents.
func TestTheDocumentThatToolsReadTheSchemaWithIsWithinTheLimits(t *testing.T) {
	letIn := false
	edge := newEdge(t, nil, func(c *config) {
		c.Prepare = func(ctx context.Context, _ auth.Viewer) (context.Context, error) { letIn = true; return ctx, nil }
	})

	got := edge.run(adminToken, current, introspection.Query)

	if !letIn {
		t.Error(got.body)
	}
}
