package server_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"aisle/server"
)

func TestAnOperationIsOneLineOfTheLog(t *testing.T) {
	edge := newEdge(t, nil)

	got := edge.do(request{
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
		"status": 200.0, "sql_statements": 0.0, "sql_ms": 0.0, "bytes": float64(len(got.body)), "events": 0.0, "errors": nil,
	}
	ignored := cmpopts.IgnoreMapEntries(func(key string, _ any) bool { return key == "time" || key == "duration_ms" })
	if diff := cmp.Diff(want, edge.log.line(t, "operation"), ignored); diff != "" {
		t.Error(diff)
	}
	for _, secret := range []string{"a-password", associateToken} {
		if strings.Contains(edge.log.String(), secret) {
			t.Errorf("%q is in the log:\n%s", secret, edge.log)
		}
	}
}

func TestARefusedRequestIsALineToo(t *testing.T) {
	edge := newEdge(t, nil)

	edge.run("forged", current, "{ secret }")

	line := edge.log.line(t, "operation")
	if line["status"] != 401.0 || cmp.Diff([]any{"UNAUTHENTICATED"}, line["errors"]) != "" {
		t.Errorf("%v", line)
	}
	if strings.Contains(edge.log.String(), "forged") {
		t.Error("the token is in the log")
	}
}

func TestTheFiguresOfAnOperationAreMetrics(t *testing.T) {
	edge := newEdge(t, nil)
	edge.register(t, server.Operation{Name: "MobileHome", Document: "query MobileHome { secret }"})

	edge.run(associateToken, current, "query MobileHome { secret }")
	edge.run("", current, "query MobileHome { secret } # somebody's own")
	edge.run("", current, "{")
	edge.do(request{method: "BREW", path: "/livez"})

	metrics := scrape(t, edge)
	for _, want := range []string{
		`aisle_graphql_operation_duration_seconds_count{operation="MobileHome",type="query"} 1`,
		`aisle_graphql_operation_duration_seconds_count{operation="other",type="query"} 1`,
		`aisle_graphql_operation_sql_statements_bucket{operation="MobileHome",type="query",le="0"} 1`,
		`aisle_graphql_operation_sql_statements_bucket{operation="MobileHome",type="query",le="50"} 1`,
		`aisle_graphql_operation_duration_seconds_count{operation="other",type="other"} 1`,
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
			t.Errorf("%s is not there", want)
		}
	}
	if t.Failed() {
		t.Log(metrics)
	}
}

func scrape(t *testing.T, edge *edge) string {
	t.Helper()
	recorder := httptest.NewRecorder()
	request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", http.NoBody)
	edge.AdminHandler().ServeHTTP(recorder, request)
	return recorder.Body.String()
}
