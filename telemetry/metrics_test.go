package telemetry_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"aisle/telemetry"
)

// series returns the lines of the exposition that start with prefix, sorted.
func series(t *testing.T, m *telemetry.Metrics, prefix string) []string {
	t.Helper()
	recorder := httptest.NewRecorder()
	request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", http.NoBody)
	promhttp.HandlerFor(m.Registry(), promhttp.HandlerOpts{}).ServeHTTP(recorder, request)
	lines := slices.DeleteFunc(strings.Split(recorder.Body.String(), "\n"), func(line string) bool {
		return !strings.HasPrefix(line, prefix)
	})
	slices.Sort(lines)
	return lines
}

func TestRecordOperationOnlyRegisteredOperationsHaveTheirOwnSeries(t *testing.T) {
	m := telemetry.NewMetrics("test")
	m.RecordOperation(telemetry.Operation{Kind: "query", Name: "TooEarly", Took: time.Millisecond, Statements: 1})
	m.RegisterOperations("MobileHome")
	m.RecordOperation(telemetry.Operation{
		Kind: "query", Name: "MobileHome", Took: 2 * time.Millisecond, Statements: 8, InSQL: time.Second / 2, Cost: 1757, Failed: true,
	})
	m.RecordOperation(telemetry.Operation{Kind: "query", Name: "Unknown", Took: time.Millisecond, Statements: 60})
	m.RecordOperation(telemetry.Operation{Took: time.Millisecond})

	for prefix, want := range map[string][]string{
		"aisle_graphql_operation_sql_statements_sum": {
			`aisle_graphql_operation_sql_statements_sum{operation="MobileHome",type="query"} 8`,
			`aisle_graphql_operation_sql_statements_sum{operation="other",type="other"} 0`,
			`aisle_graphql_operation_sql_statements_sum{operation="other",type="query"} 61`,
		},
		"aisle_graphql_operation_duration_seconds_count": {
			`aisle_graphql_operation_duration_seconds_count{operation="MobileHome",type="query"} 1`,
			`aisle_graphql_operation_duration_seconds_count{operation="other",type="other"} 1`,
			`aisle_graphql_operation_duration_seconds_count{operation="other",type="query"} 2`,
		},
		`aisle_graphql_operation_sql_seconds_total{operation="M`: {
			`aisle_graphql_operation_sql_seconds_total{operation="MobileHome",type="query"} 0.5`,
		},
		`aisle_graphql_operation_cost_total{operation="M`:     {`aisle_graphql_operation_cost_total{operation="MobileHome",type="query"} 1757`},
		`aisle_graphql_operation_failures_total{operation="M`: {`aisle_graphql_operation_failures_total{operation="MobileHome",type="query"} 1`},
	} {
		if diff := cmp.Diff(want, series(t, m, prefix)); diff != "" {
			t.Error(diff)
		}
	}
}

func TestRecordRequestClientsCannotCreateSeries(t *testing.T) {
	m := telemetry.NewMetrics("test")
	for _, method := range []string{"GET", "get", "BREW", ""} {
		m.RecordRequest("", method, 200)
	}

	want := []string{
		`aisle_http_requests_total{method="GET",route="other",status="200"} 1`,
		`aisle_http_requests_total{method="other",route="other",status="200"} 3`,
	}
	if diff := cmp.Diff(want, series(t, m, "aisle_http_requests_total")); diff != "" {
		t.Error(diff)
	}
}

func TestTrackRequestReturnsTheGaugeToZero(t *testing.T) {
	m := telemetry.NewMetrics("test")

	end := m.TrackRequest()
	during := series(t, m, "aisle_http_requests_in_flight")
	end()
	after := series(t, m, "aisle_http_requests_in_flight")

	if during[0] != "aisle_http_requests_in_flight 1" || after[0] != "aisle_http_requests_in_flight 0" {
		t.Errorf("%v, then %v", during, after)
	}
}

func TestNewMetricsExportsTheBuildVersion(t *testing.T) {
	got := series(t, telemetry.NewMetrics("v1.2.3"), "aisle_build_info")

	if len(got) != 1 || !strings.Contains(got[0], `version="v1.2.3"`) {
		t.Error(got)
	}
}
