package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"go.uber.org/goleak"

	"aisle/auth"
	"aisle/gateway"
	gqldocument "aisle/gateway/document"
	"aisle/graph"
	"aisle/server"
	"aisle/telemetry"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	legacy  = "application/json"
	current = "application/graphql-response+json"
)

// The tokens that the fixtures accept.
const (
	adminToken     = "token-of-an-admin"
	associateToken = "token-of-an-associate"
	expiredToken   = "token-that-expired"
	faultyToken    = "token-that-cannot-be-checked"
)

var associate = auth.Viewer{
	EmployeeID: uuid.MustParse("01950000-0000-7000-8000-000000000001"),
	Role:       auth.RoleAssociate,
	StoreID:    uuid.NullUUID{UUID: uuid.MustParse("01950000-0000-7000-8000-000000000002"), Valid: true},
}

func verify(_ context.Context, token string) (auth.Viewer, error) {
	switch token {
	case adminToken:
		return auth.Viewer{EmployeeID: uuid.MustParse("01950000-0000-7000-8000-000000000003"), Role: auth.RoleAdmin}, nil
	case associateToken:
		return associate, nil
	case expiredToken:
		return auth.Viewer{}, fmt.Errorf("%w (%w)", auth.ErrInvalidToken, auth.ErrTokenExpired)
	case faultyToken:
		return auth.Viewer{}, errors.New("dial tcp 10.0.0.7:5432: refused")
	default:
		return auth.Viewer{}, fmt.Errorf("%w: the signature is wrong", auth.ErrInvalidToken)
	}
}

// A buffer is a log that can be read and written concurrently.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// line returns the only log record with a message.
func (b *buffer) line(t *testing.T, message string) map[string]any {
	t.Helper()
	var found []map[string]any
	for text := range strings.Lines(b.String()) {
		var record map[string]any
		if err := json.Unmarshal([]byte(text), &record); err != nil {
			t.Fatalf("not a JSON line: %q", text)
		}
		if record["msg"] == message {
			found = append(found, record)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d lines say %q, want 1:\n%s", len(found), message, b)
	}
	return found[0]
}

// testServer is a server under test.
type testServer struct {
	*server.Server

	gateway *gateway.Gateway
	log     *buffer
	metrics *telemetry.Metrics
}

// A config configures a testServer.
type config struct {
	gateway.Config

	HTTP server.Config // newTestServer sets the fields that Gateway also has
}

// newTestServer starts a server with the resolvers. Each change modifies its configuration.
func newTestServer(tb testing.TB, fields resolvers, change ...func(*config)) *testServer {
	tb.Helper()
	log := &buffer{}
	logger, err := telemetry.NewLogger(log, "json", "debug")
	if err != nil {
		tb.Fatal(err)
	}
	c := config{
		Config: gateway.Config{
			Schema:  newSchema(fields),
			Verify:  verify,
			Prepare: func(ctx context.Context, _ auth.Viewer) (context.Context, error) { return ctx, nil },
			PrepareEvent: func(ctx context.Context, _ auth.Viewer, _ graph.Event) (context.Context, error) {
				return ctx, nil
			},
			Log:     logger,
			Metrics: telemetry.NewMetrics("test"),
			Now:     time.Now,
		},
		HTTP: server.Config{Ready: func(context.Context) error { return nil }},
	}
	for _, f := range change {
		f(&c)
	}
	gw := gateway.New(c.Config)
	c.HTTP.Gateway, c.HTTP.Log, c.HTTP.Metrics, c.HTTP.Traces, c.HTTP.Now = gw, c.Log, c.Metrics, c.Traces, c.Now
	return &testServer{server.New(c.HTTP), gw, log, c.Metrics}
}

// An operation is an operation to register.
type operation = gqldocument.Operation

// register registers valid operations.
func (e *testServer) register(tb testing.TB, list ...operation) {
	tb.Helper()
	if errs := e.gateway.Register(list); len(errs) > 0 {
		tb.Fatal(errs)
	}
}

// A request is a POST to /graphql by default.
type request struct {
	method, path string
	from         string // address and port
	header       map[string]string
	body         string
}

func (e *testServer) do(r request) reply { return e.doWith(context.Background(), r) }

func (e *testServer) doWith(ctx context.Context, r request) reply {
	method, path := r.method, r.path
	if method == "" {
		method = http.MethodPost
	}
	if path == "" {
		path = "/graphql"
	}
	sent := httptest.NewRequestWithContext(ctx, method, path, strings.NewReader(r.body))
	if r.from != "" {
		sent.RemoteAddr = r.from
	}
	sent.Header.Set("Content-Type", "application/json")
	for name, value := range r.header {
		if value == "" {
			sent.Header.Del(name)
			continue
		}
		sent.Header.Set(name, value)
	}
	recorder := httptest.NewRecorder()
	e.Handler().ServeHTTP(recorder, sent)
	return replyOf(recorder.Result())
}

// run sends a document with a token. An empty token is an anonymous viewer.
func (e *testServer) run(token, accept, document string) reply {
	return e.runWith(token, accept, document, nil)
}

func (e *testServer) runWith(token, accept, document string, variables map[string]any) reply {
	header := map[string]string{"Accept": accept}
	if token != "" {
		header["Authorization"] = "Bearer " + token
	}
	return e.do(request{header: header, body: bodyOf(document, variables)})
}

func bodyOf(document string, variables map[string]any) string {
	body, err := json.Marshal(map[string]any{"query": document, "variables": variables})
	if err != nil {
		panic(err)
	}
	return string(body)
}

// A reply is an HTTP response.
type reply struct {
	status int
	header http.Header
	body   string
}

func replyOf(response *http.Response) reply {
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		panic(err)
	}
	return reply{response.StatusCode, response.Header, string(body)}
}

// A graphqlError is an error of a response.
type graphqlError struct {
	Message    string `json:"message"`
	Path       []any  `json:"path"`
	Extensions struct {
		Code    string   `json:"code"`
		ErrorID string   `json:"errorId"`
		Field   []string `json:"field"`
	} `json:"extensions"`
}

type payload struct {
	Data   *json.RawMessage `json:"data"`
	Errors []graphqlError   `json:"errors"`
}

func (a reply) payload(t *testing.T) payload {
	t.Helper()
	var p payload
	if err := json.Unmarshal([]byte(a.body), &p); err != nil {
		t.Fatalf("not a GraphQL response: %v\n%s", err, a.body)
	}
	return p
}

// onlyError returns the only error of the response.
func (a reply) onlyError(t *testing.T) graphqlError {
	t.Helper()
	p := a.payload(t)
	if len(p.Errors) != 1 {
		t.Fatalf("%d errors, want 1: %s", len(p.Errors), a.body)
	}
	return p.Errors[0]
}

func (a reply) want(t *testing.T, status int, body string) {
	t.Helper()
	if a.status != status || strings.TrimSpace(a.body) != body {
		t.Errorf("got %d %s\nwant %d %s", a.status, a.body, status, body)
	}
}
