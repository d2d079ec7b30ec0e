package telemetry_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"aisle/telemetry"
)

func TestRegisterNodeCallsTheSourcesAtEachScrape(t *testing.T) {
	m := telemetry.NewMetrics("test")
	up := true
	m.RegisterNode(telemetry.NodeSources{
		Pools: func() []telemetry.PoolStats {
			return []telemetry.PoolStats{{Name: "primary", Acquired: 3, Idle: 2, Max: 16, Waits: 7, Waited: 1500 * time.Millisecond}}
		},
		EventLog: func() telemetry.EventLogStats {
			return telemetry.EventLogStats{
				Lag: 250 * time.Millisecond, Events: 20, Bytes: 4096, BufferAge: time.Minute, AtEnd: 5, InBuffer: 4, InTable: 1,
				Partners: map[string]time.Duration{"erp": time.Hour},
			}
		},
		Redis: func() bool { return up },
		Ready: func() bool { return up },
	})
	first := series(t, m, "aisle_re")
	up = false
	second := series(t, m, "aisle_re")

	if diff := cmp.Diff([]string{"aisle_ready 1", "aisle_redis_up 1"}, first); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"aisle_ready 0", "aisle_redis_up 0"}, second); diff != "" {
		t.Error(diff)
	}
	for prefix, want := range map[string][]string{
		"aisle_pool_": {
			`aisle_pool_connections_max{pool="primary"} 16`,
			`aisle_pool_connections{pool="primary",state="acquired"} 3`,
			`aisle_pool_connections{pool="primary",state="idle"} 2`,
			`aisle_pool_wait_seconds_total{pool="primary"} 1.5`,
			`aisle_pool_waits_total{pool="primary"} 7`,
		},
		"aisle_events_": {
			`aisle_events_buffer_age_seconds 60`,
			`aisle_events_buffer_bytes 4096`,
			`aisle_events_buffered 20`,
			`aisle_events_lag_seconds 0.25`,
			`aisle_events_subscribers{position="buffer"} 4`,
			`aisle_events_subscribers{position="end"} 5`,
			`aisle_events_subscribers{position="table"} 1`,
		},
		"aisle_partner_": {`aisle_partner_lag_seconds{partner="erp"} 3600`},
	} {
		if diff := cmp.Diff(want, series(t, m, prefix)); diff != "" {
			t.Error(diff)
		}
	}
}
