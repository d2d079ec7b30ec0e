package system_test

import (
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	trace "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// otlp is a collector of traces.
type otlp struct {
	url string

	mu    sync.Mutex
	spans []*trace.Span
	sent  strings.Builder // all that came
}

func collect(t *testing.T) *otlp {
	t.Helper()
	c := &otlp{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		request := &collector.ExportTraceServiceRequest{}
		if err == nil {
			err = proto.Unmarshal(body, request)
		}
		if err != nil || r.URL.Path != "/v1/traces" {
			t.Errorf("%s: %v", r.URL, err)
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		c.sent.Write(body)
		for _, of := range request.GetResourceSpans() {
			for _, in := range of.GetScopeSpans() {
				c.spans = append(c.spans, in.GetSpans()...)
			}
		}
		w.Header().Set("Content-Type", "application/x-protobuf")
	}))
	t.Cleanup(server.Close)
	c.url = server.URL
	return c
}

// of are the spans of a trace.
func (c *otlp) of(id string) []*trace.Span {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(c.spans), func(s *trace.Span) bool { return hex.EncodeToString(s.GetTraceId()) != id })
}

// spanOf is the span that is so, which must be there.
func spanOf(t *testing.T, spans []*trace.Span, is func(*trace.Span) bool) *trace.Span {
	t.Helper()
	i := slices.IndexFunc(spans, is)
	if i < 0 {
		t.Fatalf("there is no such span among %v", spans)
	}
	return spans[i]
}

// caller's trace, as a client says it.
const (
	callersTrace = "4bf92f3577b34da6a3ce929d0e0e4736"
	callersSpan  = "00f067aa0ba902b7"
)

// traced is a client that says which trace its requests belong to.
type ofTrace struct{ http.RoundTripper }

func (o ofTrace) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Traceparent", "00-"+callersTrace+"-"+callersSpan+"-01")
	return o.RoundTripper.RoundTrip(r)
}

// A node that is told where sends a trace of each request, to the last when it ends: HTTP, GraphQL, SQL and Redis, each in its place,
// and nothing of what was sent.
func TestARequestIsATraceFromHTTPToSQLAndRedis(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		settings []string
		isParent bool // of what the caller says
	}{
		"of a stranger":        {nil, false},
		"of a proxy of theirs": {[]string{"AISLE_TRUSTED_PROXIES=127.0.0.1"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			databaseURL, redis, traces := demoDatabase(t, 2), redisServer(t), collect(t)
			node := startNode(t, databaseURL, redis, append(c.settings, "OTEL_EXPORTER_OTLP_ENDPOINT="+traces.url, "AISLE_TRACE_RATIO=1", "AISLE_SLOW_OPERATION_THRESHOLD=1ns")...)
			someone := newCaller(t, node.api, "supervisor.1")
			someone.client.Transport = ofTrace{someone.client.Transport}
			if err := someone.signIn(t.Context()); err != nil {
				t.Fatal(err)
			}
			const secret = "4006381333931" // a barcode
			var data any
			for operation, variables := range map[string]input{"MobileHome": {"first": 17}, "ScanProduct": {"barcode": secret, "storeId": newWorker(t, node.api, "supervisor.1").storeID}} {
				if err := someone.send(t.Context(), document(operation), variables, &data); err != nil {
					t.Fatalf("%s: %v", operation, err)
				}
			}

			node.end(t) // which sends what is left

			i := slices.IndexFunc(node.operations, func(o operationLine) bool { return o.Operation == "MobileHome" })
			if i < 0 {
				t.Fatalf("MobileHome is not in the log: %+v", node.operations)
			}
			line := node.operations[i]
			spans := traces.of(line.TraceID)
			operation := spanOf(t, spans, func(s *trace.Span) bool { return s.GetName() == "query MobileHome" })
			edge := spanOf(t, spans, func(s *trace.Span) bool { return slices.Equal(s.GetSpanId(), operation.GetParentSpanId()) })
			if edge.GetName() != "POST /graphql" {
				t.Errorf("the operation is that of %s", edge.GetName())
			}
			if parent := hex.EncodeToString(edge.GetParentSpanId()); c.isParent != (parent == callersSpan) || c.isParent != (line.TraceID == callersTrace) {
				t.Errorf("the request has the parent %q in the trace %s", parent, line.TraceID)
			}
			if linked := len(edge.GetLinks()) == 1 && hex.EncodeToString(edge.GetLinks()[0].GetTraceId()) == callersTrace; linked == c.isParent {
				t.Errorf("the request is linked to the caller's trace: %v", linked)
			}
			statements := 0
			var commands []string
			for _, s := range spans {
				system := ""
				for _, a := range s.GetAttributes() {
					if a.GetKey() == "db.system" || a.GetKey() == "db.system.name" {
						system = a.GetValue().GetStringValue()
					}
				}
				switch {
				case strings.HasPrefix(system, "postgres") && slices.Equal(s.GetParentSpanId(), operation.GetSpanId()):
					statements++
				case system == "redis":
					commands = append(commands, s.GetName())
				}
			}
			if statements == 0 || len(commands) == 0 {
				t.Errorf("of the operation's %d statements %d are there, of Redis %q", line.Statements, statements, commands)
			}
			if line.Cost == 0 || line.Slow == nil || len(line.Slow.Statements) == 0 || line.Slow.Variables["first"] != "number" {
				t.Errorf("the log has %+v", line)
			}
			sent := traces.sent.String()
			for _, hidden := range []string{secret, demoPassword, someone.token, "pgtdbpass", "client.address", "user_agent"} {
				if strings.Contains(sent, hidden) {
					t.Errorf("%q was sent", hidden)
				}
			}
		})
	}
}
