package store_test

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"aisle/app/localpg/pgtest"
	"aisle/store"
)

// watched opens a pool on a primary and its replicas, which are in the rotation when it returns.
func watched(t *testing.T, primary *pgtest.Server, replicas ...*pgtest.Server) *store.Pool {
	t.Helper()
	o := store.Options{MaxConns: 8}
	for _, r := range replicas {
		o.Replicas = append(o.Replicas, r.URL(t))
	}
	pool, err := store.Open(t.Context(), primary.URL(t), o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() {
		_ = pool.Watch(ctx, slog.New(slog.DiscardHandler), func() store.Position { return store.Position{} })
	})
	t.Cleanup(func() {
		stop()
		running.Wait()
		pool.Close()
	})
	waitUntil(t, "the replicas are in the rotation", func() bool { return inRotation(pool) == len(replicas) })
	return pool
}

func inRotation(pool *store.Pool) (n int) {
	for _, r := range pool.ReplicaStates() {
		if r.Healthy {
			n++
		}
	}
	return n
}

// waitUntil waits until it is so.
func waitUntil(t *testing.T, what string, so func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !so() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("not in time: %s", what)
		}
	}
}

// counter is a row that says how often it was changed, in a module that tells its changes.
const (
	makeCounter  = "INSERT INTO stores.region (id, code, name) VALUES ('018f0000-0000-7000-8000-000000000001', 'C', '0')"
	countOn      = "UPDATE stores.region SET name = (name::bigint + 1)::text RETURNING name::bigint"
	readCounter  = "SELECT name::bigint, pg_is_in_recovery() FROM stores.region"
	slowOnAnyone = "SELECT pg_is_in_recovery(), pg_sleep(CASE WHEN pg_is_in_recovery() THEN 60 ELSE 0 END)::text FROM stores.region"
)

// read reads the counter for a viewer.
func read(ctx context.Context, pool *store.Pool, viewer uuid.UUID) (n int64, onReplica bool, err error) {
	ctx, answered := pool.NewReadSession(ctx, viewer, store.Position{})
	defer answered()
	err = pool.ReadRouter().QueryRow(ctx, readCounter).Scan(&n, &onReplica)
	return n, onReplica, err
}

func TestAViewerNeverSeesAnOlderState(t *testing.T) {
	t.Parallel()
	primary := pgtest.NewServer(t, nil)
	primary.Exec(t, makeCounter)
	replicas := []*pgtest.Server{primary.Replica(t), primary.Replica(t)}
	pool := watched(t, primary, replicas...)
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	var group errgroup.Group
	var onReplicas, onPrimary [8]int
	for i := range onReplicas {
		viewer, random := uuid.New(), rand.New(rand.NewPCG(uint64(i), 0))
		group.Go(func() error {
			var newest int64
			for ctx.Err() == nil {
				var n int64
				var err error
				onReplica := false
				if random.IntN(20) == 0 {
					err = pool.QueryRow(t.Context(), countOn).Scan(&n) //nolint:contextcheck // ctx ends before what is being read
					pool.RecordPrimaryRead(viewer)
				} else {
					n, onReplica, err = read(t.Context(), pool, viewer) //nolint:contextcheck // the same
				}
				if err != nil {
					return err
				}
				if n < newest {
					t.Errorf("%d was seen after %d", n, newest)
				}
				newest = n
				if onReplica {
					onReplicas[i]++
				} else {
					onPrimary[i]++
				}
			}
			return nil
		})
	}
	for i := 0; ctx.Err() == nil; i++ {
		for _, replica := range replicas {
			word := "pause"
			if (i+len(replica.Name()))%2 == 0 {
				word = "resume"
			}
			replica.Exec(t, "SELECT pg_wal_replay_"+word+"()")
			i++
		}
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	t.Logf("from replicas %v, from the primary %v", onReplicas, onPrimary)
	for i := range onReplicas {
		if onReplicas[i] == 0 || onPrimary[i] == 0 {
			t.Errorf("viewer %d read %d times from replicas, and %d times from the primary", i, onReplicas[i], onPrimary[i])
		}
	}
}

//nolint:tparallel // one after the other: they do things to the same replica
func TestOneReplica(t *testing.T) {
	t.Parallel()
	primary := pgtest.NewServer(t, nil)
	primary.Exec(t, makeCounter)
	replica := primary.Replica(t)
	replica.Exec(t, "ALTER SYSTEM SET max_standby_streaming_delay = 0")
	replica.Exec(t, "SELECT pg_reload_conf()")
	pool := watched(t, primary, replica)
	waitUntil(t, "it is read", func() bool {
		_, onReplica, err := read(t.Context(), pool, uuid.New())
		return err == nil && onReplica
	})

	for name, end := range map[string]func(){
		"is in the way of what is replayed": func() { primary.Exec(t, "ALTER TABLE stores.region ADD COLUMN remark text") },
		"loses its connection": func() {
			replica.Exec(t, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep%' AND pid <> pg_backend_pid()")
		},
	} {
		t.Run("what "+name+" is read from the primary", func(t *testing.T) {
			ask := func() <-chan bool {
				onReplica := make(chan bool, 1)
				go func() {
					ctx, answered := pool.NewReadSession(t.Context(), uuid.New(), store.Position{})
					defer answered()
					recovers, slept := true, ""
					if err := pool.ReadRouter().QueryRow(ctx, slowOnAnyone).Scan(&recovers, &slept); err != nil {
						t.Error(err)
					}
					onReplica <- recovers
				}()
				return onReplica
			}
			onReplica := ask()
			waitUntil(t, "it is being read", func() bool {
				select {
				case <-onReplica: // the primary has answered: the replica was not in the rotation just then
					onReplica = ask()
				default:
				}
				n := 0
				if err := onServer(t, replica, `SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep%' AND wait_event = 'PgSleep'`, &n); err != nil {
					t.Fatal(err)
				}
				return n > 0
			})

			end()

			if <-onReplica {
				t.Error("the replica answered")
			}
		})
	}

	t.Run("modules that do not tell of their changes are read from the primary", func(t *testing.T) {
		ctx, answered := pool.NewReadSession(t.Context(), uuid.New(), store.Position{})
		defer answered()
		var recovers bool
		if err := pool.ReadRouter().QueryRow(ctx, "SELECT pg_is_in_recovery() FROM (SELECT count(*) FROM access.session) AS s").Scan(&recovers); err != nil || recovers {
			t.Errorf("on a replica: %t, %v", recovers, err)
		}
	})

	t.Run("what has no context for it is read from the primary", func(t *testing.T) {
		var n int64
		var recovers bool
		if err := pool.ReadRouter().QueryRow(t.Context(), readCounter).Scan(&n, &recovers); err != nil || recovers {
			t.Errorf("on a replica: %t, %v", recovers, err)
		}
	})

	t.Run("a place that it has not reached is read from the primary, and then from it", func(t *testing.T) {
		replica.Exec(t, "SELECT pg_wal_replay_pause()")
		var xid int64
		if err := pool.QueryRow(t.Context(), "UPDATE stores.region SET name = '7' RETURNING pg_current_xact_id()::text::bigint").Scan(&xid); err != nil {
			t.Fatal(err)
		}
		look := func() (name string, recovers bool) {
			err := pool.ReadRouter().QueryRow(store.WithMinPosition(t.Context(), store.Position{XID: xid, Seq: 1}),
				"SELECT name, pg_is_in_recovery() FROM stores.region").Scan(&name, &recovers)
			if err != nil {
				t.Fatal(err)
			}
			return name, recovers
		}

		if name, recovers := look(); name != "7" || recovers {
			t.Errorf("%s was read, on the replica: %t", name, recovers)
		}
		replica.Exec(t, "SELECT pg_wal_replay_resume()")
		waitUntil(t, "it is read", func() bool {
			name, recovers := look()
			return name == "7" && recovers
		})
	})

	t.Run("a promoted one is out of the rotation", func(t *testing.T) {
		replica.Promote(t)

		waitUntil(t, "it is out", func() bool { return inRotation(pool) == 0 })

		if reason := pool.ReplicaStates()[0].Reason; !strings.Contains(reason, "follows no other server") {
			t.Errorf("the reason is %q", reason)
		}
	})
}

// onServer reads one value on a server.
func onServer(t *testing.T, s *pgtest.Server, sql string, into any) error {
	t.Helper()
	pool, err := store.Open(t.Context(), s.URL(t), store.Options{MaxConns: 1})
	if err != nil {
		return err
	}
	defer pool.Close()
	return pool.QueryRow(t.Context(), sql).Scan(into)
}

// Its connections would lead to different servers, of which one is watched.
func TestAReplicaHasOneHost(t *testing.T) {
	t.Parallel()
	o := store.Options{MaxConns: 2, Replicas: []string{"postgres://aisle:hush@127.0.0.1:1,127.0.0.1:2/aisle"}}

	pool, err := store.Open(t.Context(), pgtest.New(t), o)

	if err == nil {
		pool.Close()
		t.Fatal("it was opened")
	}
	if !strings.Contains(err.Error(), "replica 1 of 1") || !strings.Contains(err.Error(), "several hosts") || strings.Contains(err.Error(), "hush") {
		t.Errorf("got %v", err)
	}
}

// A replica that crashes goes on from its last restartpoint, which may be long ago. Here nothing of what it had is replayed again.
func TestAReplicaThatRestartsAtAnOlderPlaceShowsNobodyLessThanBefore(t *testing.T) {
	t.Parallel()
	primary := pgtest.NewServer(t, nil)
	primary.Exec(t, makeCounter)
	replica := primary.Replica(t)
	pool := watched(t, primary, replica)
	viewer := uuid.New()
	look := func() (n int64, onReplica bool) {
		t.Helper()
		n, onReplica, err := read(t.Context(), pool, viewer)
		if err != nil {
			t.Fatal(err)
		}
		return n, onReplica
	}
	for range 5 {
		primary.Exec(t, countOn)
	}
	waitUntil(t, "the viewer is answered by the replica", func() bool {
		n, onReplica := look()
		return n == 5 && onReplica
	})

	replica.Exec(t, "ALTER SYSTEM SET recovery_min_apply_delay = '1h'")
	replica.Kill(t)
	waitUntil(t, "it is out", func() bool { return inRotation(pool) == 0 })
	replica.Start(t)
	waitUntil(t, "it is back", func() bool { return inRotation(pool) == 1 })

	var shown int64
	if err := onServer(t, replica, "SELECT name::bigint FROM stores.region", &shown); err != nil || shown == 5 {
		t.Fatalf("it did not go back: it shows %d (%v)", shown, err)
	}
	for range 20 {
		if n, onReplica := look(); n != 5 || onReplica {
			t.Fatalf("%d was seen after 5, on the replica: %t", n, onReplica)
		}
	}
	replica.Exec(t, "ALTER SYSTEM RESET recovery_min_apply_delay")
	replica.Exec(t, "SELECT pg_reload_conf()")
	waitUntil(t, "it is read again when it shows all", func() bool {
		n, onReplica := look()
		if n != 5 {
			t.Fatalf("%d was seen after 5", n)
		}
		return onReplica
	})
}
