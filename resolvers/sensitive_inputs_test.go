package resolvers_test

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2/ast"

	"aisle/auth"
	"aisle/gateway"
	"aisle/graph"
	"aisle/server"
	"aisle/telemetry"
)

// sensitiveInput is an input that is marked @sensitive. Document has VALUE in its place.
type sensitiveInput struct {
	login    string // of the viewer; empty for an anonymous one
	document string
}

// sensitiveInputs returns the inputs that are marked, by their type and name.
func sensitiveInputs(schema *ast.Schema) []string {
	var names []string
	for _, definition := range schema.Types {
		for _, field := range definition.Fields {
			if graph.IsSensitive(field.Directives) {
				names = append(names, definition.Name+"."+field.Name)
			}
			for _, argument := range field.Arguments {
				if graph.IsSensitive(argument.Directives) {
					names = append(names, definition.Name+"."+field.Name+"."+argument.Name)
				}
			}
		}
	}
	slices.Sort(names)
	return names
}

// newServer serves the API over HTTP. A token is a login. All operations are slow, so that the log describes their variables.
func (a *api) newServer(t *testing.T, log *bytes.Buffer) http.Handler {
	t.Helper()
	logger, err := telemetry.NewLogger(log, "json", "debug")
	if err != nil {
		t.Fatal(err)
	}
	metrics := telemetry.NewMetrics("test")
	gw := gateway.New(gateway.Config{
		Schema:  a.resolver.Schema(),
		Verify:  func(_ context.Context, token string) (auth.Viewer, error) { return a.as(token), nil },
		Prepare: a.resolver.PrepareRequest, PrepareEvent: a.resolver.PrepareEvent,
		Log: logger, Metrics: metrics, Now: time.Now, SlowThreshold: time.Nanosecond,
	})
	return server.New(server.Config{
		Gateway: gw, Ready: func(context.Context) error { return nil }, Log: logger, Metrics: metrics, Now: time.Now,
	}).Handler()
}

func TestSensitiveInputsAreNeverQuoted(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	const secret, secretNumber = "hunter2", 2202202
	const payload = `{ userErrors { code message field } }`
	inputs := map[string]sensitiveInput{
		"SignInInput.password":                {"", `signIn(input: {login: "manager.n1", password: VALUE}) ` + payload},
		"RefreshSessionInput.refreshToken":    {"", `refreshSession(input: {refreshToken: VALUE}) ` + payload},
		"ChangePasswordInput.currentPassword": {"associate.n1", `changePassword(input: {currentPassword: VALUE, newPassword: "long enough"}) ` + payload},
		"ChangePasswordInput.newPassword":     {"associate.n1", `changePassword(input: {currentPassword: "x", newPassword: VALUE}) ` + payload},
		"HireEmployeeInput.password": {
			"admin", `hireEmployee(input: {login: "new", displayName: "New", role: ADMIN, password: VALUE}) ` + payload,
		},
	}
	if diff := cmp.Diff(slices.Sorted(maps.Keys(inputs)), sensitiveInputs(a.resolver.Schema().Schema())); diff != "" {
		t.Fatal("the schema marks other inputs @sensitive than this test sends: ", diff)
	}
	literals := map[string]string{
		"a wrong string": `"` + secret + `"`,
		"a block string": `"""` + secret + `"""`,
		"an enum value":  secret,
		"a number":       strconv.Itoa(secretNumber),
		"a list":         `["` + secret + `"]`,
		"an object":      `{a: "` + secret + `"}`,
		"a string with an escape that does not exist": `"` + secret + `\q"`,
		"a string in the wrong place":                 `"" "` + secret + `"`,
		"a string that does not end":                  `"` + secret,
	}
	variables := map[string]any{
		"a wrong string": secret, "a number": secretNumber, "a list": []any{secret}, "an object": map[string]any{"a": secret},
		"an object in a list": []any{map[string]any{"a": secret}},
	}
	for name, in := range inputs {
		log := &bytes.Buffer{}
		handler := a.newServer(t, log)
		send := func(what, document string, variables map[string]any) {
			body, err := json.Marshal(map[string]any{"query": document, "variables": variables})
			if err != nil {
				t.Fatal(err)
			}
			request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/graphql", bytes.NewReader(body))
			request.Header.Set("Content-Type", "application/json")
			if in.login != "" {
				request.Header.Set("Authorization", "Bearer "+in.login)
			}
			response := httptest.NewRecorder()
			handler.ServeHTTP(response, request)
			if got := response.Body.String(); !strings.Contains(got, `"code"`) {
				t.Errorf("%s as %s is accepted: %s", name, what, got)
			} else if strings.Contains(got, secret) || strings.Contains(got, strconv.Itoa(secretNumber)) {
				t.Errorf("%s as %s is in the response: %s", name, what, got)
			}
		}
		for what, literal := range literals {
			send(what, "mutation { "+strings.Replace(in.document, "VALUE", literal, 1)+" }", nil)
		}
		for what, value := range variables {
			send("a variable with "+what, "mutation($v: String!) { "+strings.Replace(in.document, "VALUE", "$v", 1)+" }", map[string]any{"v": value})
		}
		if strings.Contains(log.String(), secret) || strings.Contains(log.String(), strconv.Itoa(secretNumber)) {
			t.Errorf("%s is in the log: %s", name, log)
		}
		if !strings.Contains(log.String(), `"variables":{"v":"sensitive"}`) {
			t.Errorf("the log describes %s in another way than as sensitive: %s", name, log)
		}
	}
}
