package pgstats_test

import (
	"testing"
	"time"

	"aisle/app/localpg/pgtest"
	"aisle/store/pgstats"
	"aisle/store/postgres"
)

// A replica without a connection has replayed all that it received, but not what the primary has written since.
func TestDisconnectedReplicaIsBehind(t *testing.T) {
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
	eventually(t, "it has replayed all", func() bool { return of().Lag == 0 })

	replica.Exec(t, "ALTER SYSTEM SET primary_conninfo = ''")
	replica.Exec(t, "SELECT pg_reload_conf()")

	eventually(t, "it is behind", func() bool { return of().Lag > 0 })
}

// eventually waits for a condition.
func eventually(t *testing.T, description string, condition func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for late := time.After(30 * time.Second); !condition(); {
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("not in time: %s", description)
		}
	}
}
