package telemetry_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"aisle/telemetry"
)

func TestRegisterReadsExportsTargetsAndReplicas(t *testing.T) {
	t.Parallel()
	m := telemetry.NewMetrics("test")
	m.RegisterReads(func() telemetry.ReadStats {
		return telemetry.ReadStats{Primary: 2, Replica: 40, Replicas: []telemetry.ReplicaStats{
			{Name: "a:5432", Up: true}, {Name: "b:5432", Lag: 1500 * time.Millisecond},
		}}
	})

	got := append(series(t, m, "aisle_database_"), series(t, m, "aisle_replica_")...)

	want := []string{
		`aisle_database_reads_total{target="primary"} 2`,
		`aisle_database_reads_total{target="replica"} 40`,
		`aisle_replica_lag_seconds{replica="a:5432"} 0`,
		`aisle_replica_lag_seconds{replica="b:5432"} 1.5`,
		`aisle_replica_up{replica="a:5432"} 1`,
		`aisle_replica_up{replica="b:5432"} 0`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
