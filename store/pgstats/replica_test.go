package pgstats_test

import (
	"testing"
	"time"

	"aisle/app/localpg/pgtest"
	"aisle/store/pgstats"
	"aisle/store/postgres"
)

// One that gets nothing has replayed all that it has, whatever has become of the primary since.
func TestAReplicaThatIsCutOffIsBehind(t *testing.T) {
	t.Parallel()
	primary := pgtest.NewServer(t, nil)
	replica := primary.Replica(t)
	pool, err := postgres.Open(t.Context(), replica.URL(t), postgres.Options{MaxConns: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	primary.Exec(t, "CREATE TABLE public.one ()")
	of := func() pgstats.ReplicationStatus {
		t.Helper()
		r, err := pgstats.ReadReplicationStatus(t.Context(), pool)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	until(t, "it has replayed all", func() bool { return of().Lag == 0 })

	replica.Exec(t, "ALTER SYSTEM SET primary_conninfo = ''")
	replica.Exec(t, "SELECT pg_reload_conf()")

	until(t, "it is behind", func() bool { return of().Lag > 0 })
}

// until waits until it is so.
func until(t *testing.T, what string, so func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for late := time.After(30 * time.Second); !so(); {
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("not in time: %s", what)
		}
	}
}
