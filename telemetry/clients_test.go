package telemetry_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"aisle/telemetry"
)

func TestRecordClientOperationKnownClientHasSeriesByVersionAndOutcome(t *testing.T) {
	m := telemetry.NewMetrics("test")
	m.RegisterClients("mobile")
	phone := telemetry.Client{Name: "mobile", Version: "4.2.0-rc.1+build.77", SignedIn: true}

	m.RecordClientOperation(phone, telemetry.OutcomeOK, nil, nil)
	m.RegisterClients("mobile", "till") // keeps the versions of mobile
	m.RecordClientOperation(phone, telemetry.OutcomeOK, nil, nil)
	m.RecordClientOperation(phone, telemetry.OutcomeClientError, []string{"NOT_FOUND"}, []string{"Store.phone"})
	m.RecordClientOperation(telemetry.Client{Name: "mobile", SignedIn: true}, telemetry.OutcomeServerError, []string{"INTERNAL"}, nil)

	want := []string{
		`aisle_client_errors_total{client="mobile",code="INTERNAL"} 1`,
		`aisle_client_errors_total{client="mobile",code="NOT_FOUND"} 1`,
		`aisle_client_requests_total{client="mobile",outcome="client_error",version="4.2.0"} 1`,
		`aisle_client_requests_total{client="mobile",outcome="client_error",version="none"} 0`,
		`aisle_client_requests_total{client="mobile",outcome="ok",version="4.2.0"} 2`,
		`aisle_client_requests_total{client="mobile",outcome="ok",version="none"} 0`,
		`aisle_client_requests_total{client="mobile",outcome="server_error",version="4.2.0"} 0`,
		`aisle_client_requests_total{client="mobile",outcome="server_error",version="none"} 1`,
	}
	if diff := cmp.Diff(want, series(t, m, "aisle_client_")); diff != "" {
		t.Error(diff)
	}
	want = []string{`aisle_graphql_deprecated_uses_total{client="mobile",coordinate="Store.phone",version="4.2.0"} 1`}
	if diff := cmp.Diff(want, series(t, m, "aisle_graphql_deprecated_")); diff != "" {
		t.Error(diff)
	}
}

func TestRecordClientOperationUnknownNamesCreateNoSeries(t *testing.T) {
	m := telemetry.NewMetrics("test")
	m.RegisterClients("mobile")

	for i := range 1000 {
		name := fmt.Sprintf("made-up-%d", i)
		m.RecordClientOperation(telemetry.Client{Name: name, Version: strconv.Itoa(i), SignedIn: true}, telemetry.OutcomeOK, nil, nil)
		m.RecordClientOperation(telemetry.Client{Name: "mobile", Version: name, SignedIn: true}, telemetry.OutcomeOK, nil, nil)
		m.RecordClientOperation(telemetry.Client{Name: "mobile", Version: strconv.Itoa(i)}, telemetry.OutcomeOK, nil, nil) // not signed in
		m.RecordClientOperation(telemetry.Client{Version: name, SignedIn: true}, telemetry.OutcomeOK, nil, nil)
	}

	want := []string{
		`aisle_client_requests_total{client="mobile",outcome="ok",version="other"} 2000`,
		`aisle_client_requests_total{client="none",outcome="ok",version="none"} 1000`,
		`aisle_client_requests_total{client="other",outcome="ok",version="other"} 1000`,
	}
	if diff := cmp.Diff(want, okSeries(t, m)); diff != "" {
		t.Error(diff)
	}
}

// okSeries returns the series of successful operations.
func okSeries(t *testing.T, m *telemetry.Metrics) []string {
	t.Helper()
	return slices.DeleteFunc(series(t, m, "aisle_client_requests_total"), func(line string) bool { return !strings.Contains(line, `"ok"`) })
}

// The least recently seen version is evicted with all of its series.
func TestRecordClientOperationEvictsTheLeastRecentlySeenVersion(t *testing.T) {
	m := telemetry.NewMetrics("test")
	m.RegisterClients("mobile")
	record := func(version string) {
		m.RecordClientOperation(telemetry.Client{Name: "mobile", Version: version, SignedIn: true}, telemetry.OutcomeOK, nil, []string{"Store.phone"})
	}

	for i := range 1000 {
		record(fmt.Sprintf("4.%d", i))
		record("3.0") // never the least recently seen
	}
	record("4.7") // was evicted, and starts from 0

	want := []string{`aisle_client_requests_total{client="mobile",outcome="ok",version="3.0"} 1000`}
	for i := 982; i < 1000; i++ {
		want = append(want, fmt.Sprintf(`aisle_client_requests_total{client="mobile",outcome="ok",version="4.%d"} 1`, i))
	}
	want = append(want, `aisle_client_requests_total{client="mobile",outcome="ok",version="4.7"} 1`)
	slices.Sort(want)
	if diff := cmp.Diff(want, okSeries(t, m)); diff != "" {
		t.Error(diff)
	}
	if got := len(series(t, m, "aisle_graphql_deprecated_uses_total")); got != 20 {
		t.Errorf("%d series of deprecated elements, want 20", got)
	}
}
