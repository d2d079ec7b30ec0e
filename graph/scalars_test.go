package graph_test

import (
	"encoding/json"
	"testing"

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
