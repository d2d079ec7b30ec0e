package server_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"aisle/auth"
	"aisle/store"
)

// sqlError is an error of PostgreSQL with an error code.
type sqlError struct{ state string }

func (e sqlError) Error() string {
	return `ERROR: relation "staff.employee" does not exist (SQLSTATE ` + e.state + `): SELECT password_hash FROM staff.employee`
}

func (e sqlError) SQLState() string { return e.state }

func TestErrorsOfResolversHaveACodeAndAMessage(t *testing.T) {
	for name, c := range map[string]struct {
		err           error
		code, message string
		field         []string
	}{
		"a rule": {
			fmt.Errorf("tasks: %w", store.NewInputError("first", "first must be 1 to %d.", 100)),
			"INVALID", "first must be 1 to 100.",
			[]string{"first"},
		},
		"a rule of the whole": {
			&store.UserError{Code: store.CodeNotFound, Message: "There is no such task."},
			"NOT_FOUND", "There is no such task.", nil,
		},
		"no permission": {fmt.Errorf("tasks: %w", auth.ErrForbidden), "FORBIDDEN", auth.ErrForbidden.Error(), nil},
		"nobody":        {auth.ErrUnauthenticated, "UNAUTHENTICATED", auth.ErrUnauthenticated.Error(), nil},
		"too slow": {
			fmt.Errorf("query: %w", context.DeadlineExceeded), "TIMEOUT",
			"This took too long and was stopped. Ask for less, or try again.", nil,
		},
		"a statement too slow": {
			fmt.Errorf("query: %w", sqlError{"57014"}), "TIMEOUT",
			"This took too long and was stopped. Ask for less, or try again.", nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			srv := newTestServer(t, resolvers{"who": func(context.Context, map[string]any) (any, error) { return nil, c.err }})

			got := srv.run("", current, "{ who }")

			err := got.onlyError(t)
			if err.Message != c.message || err.Extensions.Code != c.code || err.Extensions.ErrorID != "" {
				t.Error(got.body)
			}
			if diff := cmp.Diff(c.field, err.Extensions.Field); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff([]any{"who"}, err.Path); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAnInternalErrorIsMaskedAndLoggedWithItsID(t *testing.T) {
	for name, resolve := range map[string]func(context.Context, map[string]any) (any, error){
		"an error":           func(context.Context, map[string]any) (any, error) { return nil, sqlError{"42P01"} },
		"a wrapped error":    func(context.Context, map[string]any) (any, error) { return nil, fmt.Errorf("x: %w", sqlError{"42P01"}) },
		"a panic":            func(context.Context, map[string]any) (any, error) { panic(sqlError{"42P01"}) },
		"a panic with words": func(context.Context, map[string]any) (any, error) { panic("SELECT password_hash") },
		"a panic with a known error": func(context.Context, map[string]any) (any, error) {
			panic(fmt.Errorf("password_hash: %w", auth.ErrForbidden))
		},
	} {
		t.Run(name, func(t *testing.T) {
			srv := newTestServer(t, resolvers{"nullable": resolve})

			got := srv.run(associateToken, current, `query Broken { nullable(of: "a-literal") }`)

			err := got.onlyError(t)
			id := err.Extensions.ErrorID
			if err.Extensions.Code != "INTERNAL" || len(id) != 12 ||
				err.Message != "Something went wrong on our side. Quote error id "+id+" when you report it." {
				t.Error(got.body)
			}
			for _, secret := range []string{"SELECT", "password_hash", "SQLSTATE", "staff", ".go", "panic"} {
				if strings.Contains(got.body, secret) {
					t.Errorf("%q is in the response: %s", secret, got.body)
				}
			}
			fault, line := srv.log.line(t, "internal error"), srv.log.line(t, "operation")
			if fault["error_id"] != id || !strings.Contains(fmt.Sprint(fault["error"]), "password_hash") ||
				fault["operation"] != "Broken" || fault["request_id"] != line["request_id"] || fault["path"] != "nullable" {
				t.Errorf("%v", fault)
			}
			if stack, _ := fault["stack"].(string); strings.HasPrefix(name, "a panic") != strings.Contains(stack, "errors_test.go") {
				t.Errorf("stack: %s", stack)
			}
		})
	}
}

func TestARequestCanceledByItsClientIsNoInternalError(t *testing.T) {
	ctx, giveUp := context.WithCancel(t.Context())
	srv := newTestServer(t, resolvers{"who": func(ctx context.Context, _ map[string]any) (any, error) {
		giveUp()
		<-ctx.Done()
		return nil, fmt.Errorf("query: %w", ctx.Err())
	}})

	got := srv.doWith(ctx, request{body: `{"query":"{ who }"}`})

	if err := got.onlyError(t); err.Extensions.Code != "CANCELLED" || err.Message != "The request was cancelled." {
		t.Error(got.body)
	}
}

func TestAnUnexpectedCancellationIsAnInternalError(t *testing.T) {
	srv := newTestServer(t, resolvers{"who": func(context.Context, map[string]any) (any, error) { return nil, context.Canceled }})

	got := srv.run("", current, "{ who }")

	if got.onlyError(t).Extensions.Code != "INTERNAL" {
		t.Error(got.body)
	}
}

func TestAnInternalErrorOfManyFieldsHasOneID(t *testing.T) {
	srv := newTestServer(t, resolvers{"nullable": func(context.Context, map[string]any) (any, error) { return nil, errors.New("down") }})

	got := srv.run(adminToken, current, "{ a: nullable b: nullable c: nullable }").payload(t)

	if len(got.Errors) != 3 || got.Errors[0].Extensions.ErrorID != got.Errors[2].Extensions.ErrorID {
		t.Errorf("%+v", got.Errors)
	}
	srv.log.line(t, "internal error")
}

func TestErrorsOfTheDocumentAreExplained(t *testing.T) {
	srv := newTestServer(t, nil)
	for name, c := range map[string]struct {
		document      string
		variables     map[string]any
		code, message string
	}{
		"parsing":         {"{", nil, "GRAPHQL_PARSE_FAILED", "Expected Name, found <EOF>"},
		"validation":      {"{ nothing }", nil, "GRAPHQL_VALIDATION_FAILED", `Cannot query field "nothing" on type "Query".`},
		"no operation":    {"fragment F on Query { hello }", nil, "GRAPHQL_VALIDATION_FAILED", "The document has no operation."},
		"a missing value": {"query($n: String!) { hello(name: $n) }", nil, "GRAPHQL_VALIDATION_FAILED", `Variable "$n": must be defined.`},
		"null": {
			"query($n: String!) { hello(name: $n) }",
			map[string]any{"n": nil},
			"GRAPHQL_VALIDATION_FAILED", `Variable "$n": cannot be null.`,
		},
		"a wrong type": {
			"query($n: Int) { hello(times: $n) }",
			map[string]any{"n": "x"},
			"GRAPHQL_VALIDATION_FAILED", `Variable "$n": cannot use string as Int.`,
		},
		"a field of an input": {
			"query($g: Greeting) { hello(greeting: $g) }",
			map[string]any{"g": map[string]any{}},
			"GRAPHQL_VALIDATION_FAILED", `Variable "$g.name": must be defined.`,
		},
		"a word in small letters": {
			"query($s: Shade) { shade(of: $s) }",
			map[string]any{"s": "dark"},
			"GRAPHQL_VALIDATION_FAILED", `Variable "$s": dark is not a valid Shade.`,
		},
		"a word in an input": {
			"query($g: Greeting) { hello(greeting: $g) }",
			map[string]any{"g": map[string]any{"name": "a", "shades": []any{"DARK", "Light"}}},
			"GRAPHQL_VALIDATION_FAILED", `Variable "$g.shades[1]": Light is not a valid Shade.`,
		},
		"a word for a list of them": {
			"query($g: Greeting) { hello(greeting: $g) }",
			map[string]any{"g": map[string]any{"name": "a", "shades": "light"}},
			"GRAPHQL_VALIDATION_FAILED", `Variable "$g.shades[0]": light is not a valid Shade.`,
		},
		"which operation": {
			"query A { hello } query B { hello }", nil,
			"GRAPHQL_VALIDATION_FAILED", `The document has 2 operations: say which one as "operationName".`,
		},
		"a scalar":   {"{ hello(even: 3) }", nil, "GRAPHQL_VALIDATION_FAILED", "3 is odd"},
		"deep lists": {"{ hello(name: " + strings.Repeat("[", 1100) + ")}", nil, "LIMIT_EXCEEDED", "The document is nested more than 1000 levels deep, the limit."},
		"@defer":     {"{ ... @defer { hello } }", nil, "GRAPHQL_VALIDATION_FAILED", `"@defer" is not supported: leave it out.`},
	} {
		t.Run(name, func(t *testing.T) {
			got := srv.runWith("", current, c.document, c.variables)

			err := got.onlyError(t)
			if err.Extensions.Code != c.code || err.Message != c.message {
				t.Errorf("got %s %q", err.Extensions.Code, err.Message)
			}
		})
	}
}

func TestAnOperationIsStoppedAfterTheTimeout(t *testing.T) {
	srv := newTestServer(t, resolvers{"who": func(ctx context.Context, _ map[string]any) (any, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}}, func(c *config) { c.Limits.Timeout = time.Second })

	got := srv.run("", current, "{ who }")

	if got.status != 200 || got.onlyError(t).Extensions.Code != "TIMEOUT" {
		t.Errorf("%d %s", got.status, got.body)
	}
}

func TestAnOperationThatTimesOutBeforeItStartsGets504(t *testing.T) {
	srv := newTestServer(t, nil, func(c *config) {
		c.Limits.Timeout = time.Millisecond
		c.Prepare = func(ctx context.Context, _ auth.Viewer) (context.Context, error) { <-ctx.Done(); return ctx, nil }
	})
	for _, media := range []string{legacy, current} {
		got := srv.run("", media, "{ who }")

		if got.status != 504 || got.onlyError(t).Extensions.Code != "TIMEOUT" {
			t.Errorf("%d %s", got.status, got.body)
		}
	}
}
