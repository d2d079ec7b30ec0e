package graph_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"aisle/graph"
)

func TestDateTimeIsLimitedToYearsThatJSONSupports(t *testing.T) {
	t.Parallel()
	for text, good := range map[string]bool{
		"9999-12-31T23:59:59Z":      true,
		"0000-01-01T00:00:00Z":      true,
		"9999-12-31T23:59:59-01:00": false,
		"0000-01-01T00:00:00+01:00": false,
	} {
		at, err := graph.UnmarshalDateTime(text)
		if (err == nil) != good {
			t.Errorf("%s: got %v, %v", text, at, err)
		}
		if _, err := json.Marshal(at); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestDateTimeHasThreeFractionDigits(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"2026-03-01T17:30:00Z":           "2026-03-01T17:30:00.000Z",
		"2026-03-01T17:30:00.5Z":         "2026-03-01T17:30:00.500Z",
		"2026-03-01T17:30:59.999999Z":    "2026-03-01T17:30:59.999Z",
		"2026-03-01T18:30:00.120+01:00":  "2026-03-01T17:30:00.120Z",
		"2026-03-01T17:30:00.000000001Z": "2026-03-01T17:30:00.000Z",
	} {
		at, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			t.Fatal(err)
		}
		var got strings.Builder
		graph.MarshalDateTime(at).MarshalGQL(&got)
		if got.String() != `"`+want+`"` {
			t.Errorf("%s: got %s, want %s", text, &got, want)
		}
	}
}

func TestLocalDateTimesHaveNoTimezone(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"2026-03-01T18:00": `"2026-03-01T18:00:00"`, "2026-03-01T18:00:59": `"2026-03-01T18:00:59"`} {
		at, err := graph.UnmarshalLocalDateTime(text)
		var out strings.Builder
		graph.MarshalLocalDateTime(at).MarshalGQL(&out)
		if err != nil || out.String() != want {
			t.Errorf("%s: %s %v, want %s", text, out.String(), err, want)
		}
	}
	for _, value := range []any{
		"2026-03-02", "2026-03-02 18:00", "2026-03-02T18:00Z", "2026-03-02T18:00+01:00", "2026-03-02T24:00", "2026-02-30T18:00",
		"2026-03-02T18:00:00.5", "2026-3-2T18:00", "", 5,
	} {
		if _, err := graph.UnmarshalLocalDateTime(value); err == nil || !strings.Contains(err.Error(), "2026-03-01T18:00") {
			t.Errorf("%v: %v", value, err)
		}
	}
}
