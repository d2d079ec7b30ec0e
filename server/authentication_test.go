package server_test

import (
	"context"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql/introspection"

	"aisle/auth"
)

func TestTheTokenIdentifiesTheViewer(t *testing.T) {
	var seen auth.Viewer
	srv := newTestServer(t, resolvers{"secret": func(ctx context.Context, _ map[string]any) (any, error) {
		seen = auth.ViewerFromContext(ctx)
		return "value", nil
	}})

	srv.run(associateToken, legacy, "{ secret }").want(t, 200, `{"data":{"secret":"value"}}`)

	if seen != associate {
		t.Errorf("got %+v", seen)
	}
}

func TestAnonymousViewersRunPublicFieldsOnly(t *testing.T) {
	bodyOfRun := false
	srv := newTestServer(t, resolvers{"hello": func(context.Context, map[string]any) (any, error) { bodyOfRun = true; return "", nil }})
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
		got := srv.run("", current, document)

		if (got.status != 200) != refused {
			t.Errorf("%s: %d %s", document, got.status, got.body)
		}
	}
	if bodyOfRun {
		t.Error("a rejected operation ran in part")
	}
}

func TestAnonymousViewersAreAskedToSignIn(t *testing.T) {
	got := newTestServer(t, nil).run("", current, "{ hello secret }")

	err := got.onlyError(t)
	if err.Extensions.Code != "UNAUTHENTICATED" || err.Message != `Sign in first: "secret" needs an access token.` {
		t.Error(got.body)
	}
	if challenge := got.header.Get("WWW-Authenticate"); challenge != "Bearer" {
		t.Errorf("WWW-Authenticate: %q", challenge)
	}
}

func TestAnInvalidTokenIsRejectedWithoutAReason(t *testing.T) {
	srv := newTestServer(t, nil)
	for header, message := range map[string]string{
		"Bearer " + expiredToken:   auth.ErrInvalidToken.Error(),
		"Bearer forged":            auth.ErrInvalidToken.Error(),
		"Basic dXNlcjpwYXNzd29yZA": `Send one access token, as "Authorization: Bearer <token>".`,
		"Bearer ":                  `Send one access token, as "Authorization: Bearer <token>".`,
	} {
		for _, media := range []string{legacy, current} {
			got := srv.do(request{
				header: map[string]string{"Authorization": header, "Accept": media},
				body:   `{"query":"{ secret }"}`,
			})

			err := got.onlyError(t)
			if got.status != 401 || err.Extensions.Code != "UNAUTHENTICATED" || err.Message != message {
				t.Errorf("%s: %d %s", header, got.status, got.body)
			}
			if got.header.Get("WWW-Authenticate") == "" {
				t.Errorf("%s: no WWW-Authenticate", header)
			}
		}
	}
}

// Apps also send the expired token in the request that refreshes the session.
func TestAnInvalidTokenDoesNotAffectPublicFields(t *testing.T) {
	srv := newTestServer(t, nil)
	for _, token := range []string{expiredToken, "forged"} {
		if got := srv.run(token, current, "{ hello }"); got.status != 200 {
			t.Errorf("%d %s", got.status, got.body)
		}
	}
}

func TestATokenThatCannotBeVerifiedIsAnInternalError(t *testing.T) {
	srv := newTestServer(t, nil)

	got := srv.run(faultyToken, current, "{ hello }")

	if got.status != 500 || got.onlyError(t).Extensions.Code != "INTERNAL" {
		t.Errorf("%d %s", got.status, got.body)
	}
}

func TestIntrospectionIsForAdministratorsAndDev(t *testing.T) {
	const document = `{ __type(name: "Query") { name } }`
	srv, dev := newTestServer(t, nil), newTestServer(t, nil, func(c *config) { c.Dev = true })

	if got := srv.run(associateToken, current, document); got.onlyError(t).Extensions.Code != "FORBIDDEN" {
		t.Errorf("an associate: %s", got.body)
	}
	if got := srv.run(adminToken, current, document); got.status != 200 {
		t.Errorf("an administrator: %s", got.body)
	}
	if got := dev.run("", current, document); got.status != 200 {
		t.Errorf("anyone in dev: %s", got.body)
	}
}

func TestOnlyIntrospectorsGetSuggestions(t *testing.T) {
	srv, dev := newTestServer(t, nil), newTestServer(t, nil, func(c *config) { c.Dev = true })
	for what, document := range map[string]string{
		"a field":          "{ helo }",
		"an argument":      "{ hello(nam: 1) }",
		"a type of fields": "{ self }",
		"an input's field": `{ hello(greeting: {nam: "x", name: "y"}) }`,
		"an enum":          "{ shade(of: DRAK) }",
	} {
		for by, got := range map[string]reply{
			"nobody": srv.run("", current, document), "an associate": srv.run(associateToken, current, document),
		} {
			if strings.Contains(got.body, "Did you mean") || got.status != 400 {
				t.Errorf("%s, visible to %s: %s", what, by, got.body)
			}
		}
		for by, got := range map[string]reply{
			"an administrator": srv.run(adminToken, current, document), "anyone in dev": dev.run("", current, document),
		} {
			if !strings.Contains(got.body, "Did you mean") {
				t.Errorf("%s, hidden from %s: %s", what, by, got.body)
			}
		}
	}
}

// Introspection queries of tools are deep.
func TestTheIntrospectionQueryIsWithinTheLimits(t *testing.T) {
	letIn := false
	srv := newTestServer(t, nil, func(c *config) {
		c.Prepare = func(ctx context.Context, _ auth.Viewer) (context.Context, error) { letIn = true; return ctx, nil }
	})

	got := srv.run(adminToken, current, introspection.Query)

	if !letIn {
		t.Error(got.body)
	}
}
