package server_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestAnOperationIsOneLineOfTheLog(t *testing.T) {
	srv := newTestServer(t, nil)

	got := srv.do(request{
		header: map[string]string{
			"Authorization":                "Bearer " + associateToken,
			"X-Request-ID":                 "r-1",
			"Apollographql-Client-Name":    strings.Repeat("m", 100),
			"Apollographql-Client-Version": "1.2.3",
		},
		body: `{"query":"query MobileHome($n: String) { hello(name: $n) secret }","variables":{"n":"a-password"}}`,
	})

	want := map[string]any{
		"level": "INFO", "msg": "operation", "request_id": "r-1",
		"operation": "MobileHome", "type": "query", "registered": false,
		"viewer": associate.EmployeeID.String(), "role": "ASSOCIATE", "store": associate.StoreID.UUID.String(),
		"client": strings.Repeat("m", 64), "client_version": "1.2.3",
		"status": 200.0, "sql_statements": 0.0, "sql_ms": 0.0, "cache_hits": 0.0, "cost": 2.0, "bytes": float64(len(got.body)),
	}
	ignored := cmpopts.IgnoreMapEntries(func(key string, _ any) bool { return key == "time" || key == "duration_ms" })
	if diff := cmp.Diff(want, srv.log.line(t, "operation"), ignored); diff != "" {
		t.Error(diff)
	}
	for _, secret := range []string{"a-password", associateToken} {
		if strings.Contains(srv.log.String(), secret) {
			t.Errorf("%q is in the log:\n%s", secret, srv.log)
		}
	}
}

func TestTheLogDescribesASlowOperation(t *testing.T) {
	secrets := []string{"a-password", "a title", "4711", "a-literal"}
	for name, c := range map[string]struct {
		limit time.Duration
		want  any
	}{
		"slow": {time.Nanosecond, map[string]any{"statements": []any{}, "variables": map[string]any{
			"n": "string of 10 bytes", "t": "number", "g": map[string]any{"name": "string of 7 bytes"}, "e": "null",
		}}},
		"fast":  {time.Hour, nil},
		"never": {0, nil},
	} {
		t.Run(name, func(t *testing.T) {
			srv := newTestServer(t, nil, func(config *config) { config.SlowThreshold = c.limit })

			srv.runWith(associateToken, legacy,
				`query Q($n: String, $t: Int, $g: Greeting, $e: Even) { hello(name: $n, times: $t, greeting: $g, even: $e) nullable(of: "a-literal") }`,
				map[string]any{"n": secrets[0], "g": map[string]any{"name": secrets[1]}, "t": 4711, "e": nil, "made up": secrets[0]})

			if diff := cmp.Diff(c.want, srv.log.line(t, "operation")["slow"]); diff != "" {
				t.Error(diff)
			}
			for _, secret := range secrets {
				if strings.Contains(srv.log.String(), secret) {
					t.Errorf("%q is in the log:\n%s", secret, srv.log)
				}
			}
		})
	}
}

func TestARejectedRequestIsLogged(t *testing.T) {
	srv := newTestServer(t, nil)

	srv.run("forged", current, "{ secret }")

	line := srv.log.line(t, "operation")
	if line["status"] != 401.0 || cmp.Diff([]any{"UNAUTHENTICATED"}, line["errors"]) != "" {
		t.Errorf("%v", line)
	}
	if strings.Contains(srv.log.String(), "forged") {
		t.Error("the token is in the log")
	}
}

func TestOperationsAreCounted(t *testing.T) {
	srv := newTestServer(t, nil)
	srv.register(t, operation{Name: "MobileHome", Document: "query MobileHome { secret }"})

	srv.run(associateToken, current, "query MobileHome { secret }")
	srv.run("", current, "query MobileHome { secret } # somebody's own")
	srv.run("", current, "{")
	srv.do(request{method: "BREW", path: "/livez"})

	metrics := scrape(t, srv)
	for _, want := range []string{
		`aisle_graphql_operation_duration_seconds_count{operation="MobileHome",type="query"} 1`,
		`aisle_graphql_operation_duration_seconds_count{operation="other",type="query"} 1`,
		`aisle_graphql_operation_sql_statements_bucket{operation="MobileHome",type="query",le="0"} 1`,
		`aisle_graphql_operation_sql_statements_bucket{operation="MobileHome",type="query",le="50"} 1`,
		`aisle_graphql_operation_duration_seconds_count{operation="other",type="other"} 1`,
		`aisle_graphql_operation_cost_total{operation="MobileHome",type="query"} 1`,
		`aisle_graphql_operation_failures_total{operation="other",type="query"} 1`,
		`aisle_client_errors_total{client="none",code="UNAUTHENTICATED"} 1`,
		`aisle_graphql_errors_total{code="UNAUTHENTICATED"} 1`,
		`aisle_graphql_errors_total{code="GRAPHQL_PARSE_FAILED"} 1`,
		`aisle_http_requests_total{method="POST",route="/graphql",status="200"} 1`,
		`aisle_http_requests_total{method="POST",route="/graphql",status="400"} 1`,
		`aisle_http_requests_total{method="POST",route="/graphql",status="401"} 1`,
		`aisle_http_requests_total{method="other",route="other",status="405"} 1`,
		`aisle_http_requests_in_flight 1`,
		`aisle_build_info{`,
		`go_goroutines `,
		`process_cpu_seconds_total `,
	} {
		if !strings.Contains(metrics, want) {
			t.Errorf("the metrics do not have %s", want)
		}
	}
	if t.Failed() {
		t.Log(metrics)
	}
}

// Names of clients and operations from requests add no series.
func TestNamesOfUnregisteredOperationsAreNoLabels(t *testing.T) {
	srv := newTestServer(t, nil, func(c *config) { c.Clients = []string{"till"} })
	srv.register(t, operation{Client: "mobile", Name: "MobileHome", Document: "query MobileHome { secret }"})
	send := func(name, version, operation string) {
		srv.do(request{
			header: map[string]string{
				"Authorization": "Bearer " + associateToken, "Apollographql-Client-Name": name, "Apollographql-Client-Version": version,
			},
			body: bodyOf("query "+operation+" { secret }", nil),
		})
	}
	send("mobile", "4.2.0", "MobileHome")
	send("mobile", "made up", "MobileHome")
	send("nobody", "1", "Nothing")
	send("", "", "MobileHome")
	scrape(t, srv) // also a request
	before := seriesIn(scrape(t, srv))

	for i := range 10_000 {
		name := fmt.Sprintf("client%d", i)
		if i%10 == 0 {
			name = "mobile"
		}
		send(name, fmt.Sprintf("v-%d", i), fmt.Sprintf("Operation%d", i%100)) // 100 operation names
	}

	if diff := cmp.Diff(before, seriesIn(scrape(t, srv))); diff != "" {
		t.Error(diff)
	}
	send("till", "2", "MobileHome")
	if !strings.Contains(scrape(t, srv), `aisle_client_requests_total{client="till",outcome="ok",version="2"} 1`) {
		t.Error("a configured client has no metrics")
	}
}

// seriesIn returns the series of an exposition, without those of the Go runtime.
func seriesIn(metrics string) (list []string) {
	for line := range strings.Lines(metrics) {
		if name, _, ok := strings.Cut(line, "} "); ok && strings.HasPrefix(line, "aisle_") {
			list = append(list, name)
		}
	}
	slices.Sort(list)
	return list
}

func TestDeprecatedUsesAreCountedByClient(t *testing.T) {
	srv := newTestServer(t, nil)
	const document = `query Old { old self { ...f } aged(by: 1) shade(of: DIM) hello(greeting: {name: "a", title: "b"}) } fragment f on Query { old }`
	srv.register(t, operation{Client: "mobile", Name: "Old", Document: document})
	for _, text := range []string{document, "{ old }", "{ secret }"} {
		srv.do(request{
			header: map[string]string{
				"Authorization": "Bearer " + associateToken, "Apollographql-Client-Name": "mobile", "Apollographql-Client-Version": "4.1",
			},
			body: bodyOf(text, nil),
		})
	}

	var got []string
	for line := range strings.Lines(scrape(t, srv)) {
		if strings.HasPrefix(line, "aisle_graphql_deprecated_uses_total") {
			got = append(got, strings.TrimSpace(line))
		}
	}
	want := []string{
		`aisle_graphql_deprecated_uses_total{client="mobile",coordinate="Greeting.title",version="4.1"} 1`,
		`aisle_graphql_deprecated_uses_total{client="mobile",coordinate="Query.aged(by:)",version="4.1"} 1`,
		`aisle_graphql_deprecated_uses_total{client="mobile",coordinate="Query.old",version="4.1"} 2`,
		`aisle_graphql_deprecated_uses_total{client="mobile",coordinate="Shade.DIM",version="4.1"} 1`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func scrape(t *testing.T, srv *testServer) string {
	t.Helper()
	recorder := httptest.NewRecorder()
	request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", http.NoBody)
	srv.AdminHandler().ServeHTTP(recorder, request)
	return recorder.Body.String()
}
