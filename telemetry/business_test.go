package telemetry_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"aisle/telemetry"
)

func TestRegisterBusinessExportsRegionsTasksAndProjectors(t *testing.T) {
	t.Parallel()
	m := telemetry.NewMetrics("test")
	var stats *telemetry.BusinessStats
	m.RegisterBusiness(func() *telemetry.BusinessStats { return stats })
	before := series(t, m, "aisle_business_")

	stats = &telemetry.BusinessStats{
		Regions: []telemetry.RegionStats{
			{Region: "R1", Created: 9, Done: 7, Overdue: 2, OnTime: new(0.5), NPS: new(-20.0), Stores: 4, Silent: 1},
			{Region: "R2"},
		},
		Tasks: map[string]int64{"OPEN": 3},
		Lag:   map[string]time.Duration{"kpis": 1500 * time.Millisecond},
	}
	m.ObserveTimeInStatus("OPEN", time.Hour)

	if len(before) > 0 {
		t.Errorf("series without stats: %v", before)
	}
	want := []string{
		`aisle_business_nps{region="R1"} -20`,
		`aisle_business_stores_inactive{region="R1"} 1`,
		`aisle_business_stores_inactive{region="R2"} 0`,
		`aisle_business_stores{region="R1"} 4`,
		`aisle_business_stores{region="R2"} 0`,
		`aisle_business_tasks_completed_total{region="R1"} 7`,
		`aisle_business_tasks_completed_total{region="R2"} 0`,
		`aisle_business_tasks_created_total{region="R1"} 9`,
		`aisle_business_tasks_created_total{region="R2"} 0`,
		`aisle_business_tasks_on_time_ratio{region="R1"} 0.5`,
		`aisle_business_tasks_overdue{region="R1"} 2`,
		`aisle_business_tasks_overdue{region="R2"} 0`,
	}
	if diff := cmp.Diff(want, series(t, m, "aisle_business_")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{`aisle_projector_lag_seconds{projector="kpis"} 1.5`}, series(t, m, "aisle_projector_")); diff != "" {
		t.Error(diff)
	}
	if got := series(t, m, "aisle_tasks_open{"); len(got) != 1 || got[0] != `aisle_tasks_open{status="OPEN"} 3` {
		t.Error(got)
	}
	if got := series(t, m, "aisle_task_time_in_status_seconds_sum"); len(got) != 1 || got[0] != `aisle_task_time_in_status_seconds_sum{status="OPEN"} 3600` {
		t.Error(got)
	}
}
