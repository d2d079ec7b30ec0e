package system_test

import (
	"encoding/hex"
	"io"
	"maps"
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

// A traceCollector is an OTLP endpoint that stores spans.
type traceCollector struct {
	url string

	mu    sync.Mutex
	spans []*trace.Span
	sent  strings.Builder // all request bodies
}

func startTraceCollector(t *testing.T) *traceCollector {
	t.Helper()
	c := &traceCollector{}
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

// spansOf returns the spans of a trace.
func (c *traceCollector) spansOf(id string) []*trace.Span {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(c.spans), func(s *trace.Span) bool { return hex.EncodeToString(s.GetTraceId()) != id })
}

// findSpan returns the span that meets the condition.
func findSpan(t *testing.T, spans []*trace.Span, is func(*trace.Span) bool) *trace.Span {
	t.Helper()
	i := slices.IndexFunc(spans, is)
	if i < 0 {
		t.Fatalf("no span meets the condition: %v", spans)
	}
	return spans[i]
}

// The traceparent header of the client.
const (
	callersTrace = "4bf92f3577b34da6a3ce929d0e0e4736"
	callersSpan  = "00f067aa0ba902b7"
)

// tracingTransport sends a traceparent header with each request.
type tracingTransport struct{ http.RoundTripper }

func (o tracingTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Traceparent", "00-"+callersTrace+"-"+callersSpan+"-01")
	return o.RoundTripper.RoundTrip(r)
}

// databaseSystem returns the database of a span: postgresql, redis, or empty for none.
func databaseSystem(s *trace.Span) (system string) {
	for _, a := range s.GetAttributes() {
		if a.GetKey() == "db.system" || a.GetKey() == "db.system.name" {
			system = a.GetValue().GetStringValue()
		}
	}
	return system
}

func isRedisSpan(s *trace.Span) bool { return databaseSystem(s) == "redis" }

const entityCacheReads = "aisle_entity_cache_reads_total"

// With an OTLP endpoint a node exports a trace of each request, with spans of HTTP, GraphQL, SQL and Redis. The spans have no
// variables. The node exports the last spans when it stops.
func TestTraceCoversHTTPGraphQLSQLAndRedis(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		settings []string
		isParent bool // the client's span is the parent
	}{
		"of a stranger":        {nil, false},
		"of a proxy of theirs": {[]string{"AISLE_TRUSTED_PROXIES=127.0.0.1"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			databaseURL, redis, traces := demoDatabase(t, 2), redisServer(t), startTraceCollector(t)
			node := startNode(t, databaseURL, redis, append(c.settings, "OTEL_EXPORTER_OTLP_ENDPOINT="+traces.url, "AISLE_TRACE_RATIO=1", "AISLE_SLOW_OPERATION_THRESHOLD=1ns")...)
			someone := newCaller(t, node.api, "supervisor.1")
			someone.client.Transport = tracingTransport{someone.client.Transport}
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

			// Until the node has read the viewer's sign-in in the event log, the viewer reads past the caches, and so past Redis.
			eventually(t, "an operation reads through the entity cache", func() bool {
				before := node.metricSeries(t)[entityCacheReads]
				err := someone.send(t.Context(), document("MobileHome"), input{"first": 17}, &data)
				return err == nil && !maps.Equal(before, node.metricSeries(t)[entityCacheReads])
			})

			node.stop(t) // exports the last spans

			// The first MobileHome that read from Redis: later ones may read from memory.
			var line operationLine
			for _, o := range node.operations {
				if o.Operation == "MobileHome" && !slices.ContainsFunc(traces.spansOf(line.TraceID), isRedisSpan) {
					line = o
				}
			}
			if line.Operation == "" {
				t.Fatalf("the log has no MobileHome: %+v", node.operations)
			}
			spans := traces.spansOf(line.TraceID)
			operation := findSpan(t, spans, func(s *trace.Span) bool { return s.GetName() == "query MobileHome" })
			edge := findSpan(t, spans, func(s *trace.Span) bool { return slices.Equal(s.GetSpanId(), operation.GetParentSpanId()) })
			if edge.GetName() != "POST /graphql" {
				t.Errorf("the operation span is a child of %s", edge.GetName())
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
				switch {
				case strings.HasPrefix(databaseSystem(s), "postgres") && slices.Equal(s.GetParentSpanId(), operation.GetSpanId()):
					statements++
				case isRedisSpan(s):
					commands = append(commands, s.GetName())
				}
			}
			if statements == 0 || len(commands) == 0 {
				t.Errorf("the operation has %d statements and %d spans of statements, of Redis %q", line.Statements, statements, commands)
			}
			if line.Cost == 0 || line.Slow == nil || len(line.Slow.Statements) == 0 || line.Slow.Variables["first"] != "number" {
				t.Errorf("the log has %+v", line)
			}
			sent := traces.sent.String()
			for _, hidden := range []string{secret, demoPassword, someone.token, "pgtdbpass", "client.address", "user_agent"} {
				if strings.Contains(sent, hidden) {
					t.Errorf("%q was exported", hidden)
				}
			}
		})
	}
}
