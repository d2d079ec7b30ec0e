package telemetry_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"aisle/telemetry"
)

func TestRegisterComponentsExportsEachComponent(t *testing.T) {
	t.Parallel()
	m := telemetry.NewMetrics("test")
	m.RegisterComponents(func() []telemetry.ComponentStats {
		return []telemetry.ComponentStats{{Name: "api", Up: true}, {Name: "tailer", Restarts: 3, Panics: 2}}
	})

	want := []string{
		`aisle_component_panics_total{component="api"} 0`,
		`aisle_component_panics_total{component="tailer"} 2`,
		`aisle_component_restarts_total{component="api"} 0`,
		`aisle_component_restarts_total{component="tailer"} 3`,
		`aisle_component_up{component="api"} 1`,
		`aisle_component_up{component="tailer"} 0`,
	}
	if diff := cmp.Diff(want, series(t, m, "aisle_component_")); diff != "" {
		t.Error(diff)
	}
}
