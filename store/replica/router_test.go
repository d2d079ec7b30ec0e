package replica_test

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
	"aisle/store/postgres"
	"aisle/store/replica"
)

// A node is a process on a primary and its replicas.
type node struct {
	pool   *postgres.Pool
	router *replica.Router
}

// db is the DB of a module whose events are complete.
func (n node) db() store.DB { //nolint:ireturn // a decorator
	return store.WithModule(n.router.DB(), "stores")
}

// start starts a node whose replicas are in the rotation when it returns.
func start(t *testing.T, primary *pgtest.Server, replicas ...*pgtest.Server) node {
	t.Helper()
	urls := make([]string, len(replicas))
	for i, r := range replicas {
		urls[i] = r.URL(t)
	}
	o := postgres.Options{MaxConns: 8}
	pool, err := postgres.Open(t.Context(), primary.URL(t), o)
	if err != nil {
		t.Fatal(err)
	}
	router, err := replica.Open(t.Context(), pool, urls, o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() {
		_ = router.Monitor(ctx, slog.New(slog.DiscardHandler), func() store.Position { return store.Position{} })
	})
	t.Cleanup(func() {
		stop()
		running.Wait()
		router.Close()
		pool.Close()
	})
	n := node{pool, router}
	waitUntil(t, "the replicas are in the rotation", func() bool { return n.inRotation() == len(replicas) })
	return n
}

func (n node) inRotation() (healthy int) {
	for _, r := range n.router.States() {
		if r.Healthy {
			healthy++
		}
	}
	return healthy
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

// The counter is a row of a module whose events are complete.
const (
	makeCounter  = "INSERT INTO stores.region (id, code, name) VALUES ('018f0000-0000-7000-8000-000000000001', 'C', '0')"
	countOn      = "UPDATE stores.region SET name = (name::bigint + 1)::text RETURNING name::bigint"
	readCounter  = "SELECT name::bigint, pg_is_in_recovery() FROM stores.region"
	slowOnAnyone = "SELECT pg_is_in_recovery(), pg_sleep(CASE WHEN pg_is_in_recovery() THEN 60 ELSE 0 END)::text FROM stores.region"
)

// read reads the counter for a viewer.
func (n node) read(ctx context.Context, viewer uuid.UUID) (count int64, onReplica bool, err error) {
	ctx, end := n.router.NewReadSession(ctx, viewer, store.Position{})
	defer end()
	err = n.db().QueryRow(ctx, readCounter).Scan(&count, &onReplica)
	return count, onReplica, err
}

func TestAViewerNeverSeesAnOlderState(t *testing.T) {
	t.Parallel()
	primary := pgtest.NewServer(t, nil)
	primary.Exec(t, makeCounter)
	replicas := []*pgtest.Server{primary.Replica(t), primary.Replica(t)}
	node := start(t, primary, replicas...)
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
					err = node.pool.QueryRow(t.Context(), countOn).Scan(&n) //nolint:contextcheck // ctx ends before what is being read
					node.router.RecordPrimaryRead(viewer)
				} else {
					n, onReplica, err = node.read(t.Context(), viewer) //nolint:contextcheck // the same
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
	standby := primary.Replica(t)
	standby.Exec(t, "ALTER SYSTEM SET max_standby_streaming_delay = 0")
	standby.Exec(t, "SELECT pg_reload_conf()")
	node := start(t, primary, standby)
	waitUntil(t, "it is read", func() bool {
		_, onReplica, err := node.read(t.Context(), uuid.New())
		return err == nil && onReplica
	})

	for name, end := range map[string]func(){
		"is in the way of what is replayed": func() { primary.Exec(t, "ALTER TABLE stores.region ADD COLUMN remark text") },
		"loses its connection": func() {
			standby.Exec(t, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep%' AND pid <> pg_backend_pid()")
		},
	} {
		t.Run("what "+name+" is read from the primary", func(t *testing.T) {
			ask := func() <-chan bool {
				onReplica := make(chan bool, 1)
				go func() {
					ctx, answered := node.router.NewReadSession(t.Context(), uuid.New(), store.Position{})
					defer answered()
					recovers, slept := true, ""
					if err := node.db().QueryRow(ctx, slowOnAnyone).Scan(&recovers, &slept); err != nil {
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
				if err := onServer(t, standby, `SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep%' AND wait_event = 'PgSleep'`, &n); err != nil {
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
		ctx, answered := node.router.NewReadSession(t.Context(), uuid.New(), store.Position{})
		defer answered()
		var recovers bool
		if err := store.WithModule(node.router.DB(), "access").QueryRow(ctx, "SELECT pg_is_in_recovery() FROM (SELECT count(*) FROM access.session) AS s").Scan(&recovers); err != nil || recovers {
			t.Errorf("on a replica: %t, %v", recovers, err)
		}
	})

	t.Run("statements without a module are read from the primary", func(t *testing.T) {
		ctx, end := node.router.NewReadSession(t.Context(), uuid.New(), store.Position{})
		defer end()
		var n int64
		var recovers bool
		if err := node.router.DB().QueryRow(ctx, readCounter).Scan(&n, &recovers); err != nil || recovers {
			t.Errorf("on a replica: %t, %v", recovers, err)
		}
	})

	t.Run("what has no context for it is read from the primary", func(t *testing.T) {
		var n int64
		var recovers bool
		if err := node.db().QueryRow(t.Context(), readCounter).Scan(&n, &recovers); err != nil || recovers {
			t.Errorf("on a replica: %t, %v", recovers, err)
		}
	})

	t.Run("a place that it has not reached is read from the primary, and then from it", func(t *testing.T) {
		standby.Exec(t, "SELECT pg_wal_replay_pause()")
		var xid int64
		if err := node.pool.QueryRow(t.Context(), "UPDATE stores.region SET name = '7' RETURNING pg_current_xact_id()::text::bigint").Scan(&xid); err != nil {
			t.Fatal(err)
		}
		look := func() (name string, recovers bool) {
			err := node.db().QueryRow(replica.WithMinPosition(t.Context(), store.Position{XID: xid, Seq: 1}),
				"SELECT name, pg_is_in_recovery() FROM stores.region").Scan(&name, &recovers)
			if err != nil {
				t.Fatal(err)
			}
			return name, recovers
		}

		if name, recovers := look(); name != "7" || recovers {
			t.Errorf("%s was read, on the replica: %t", name, recovers)
		}
		standby.Exec(t, "SELECT pg_wal_replay_resume()")
		waitUntil(t, "it is read", func() bool {
			name, recovers := look()
			return name == "7" && recovers
		})
	})

	t.Run("a promoted one is out of the rotation", func(t *testing.T) {
		standby.Promote(t)

		waitUntil(t, "it is out", func() bool { return node.inRotation() == 0 })

		if reason := node.router.States()[0].Reason; !strings.Contains(reason, "is not a replica") {
			t.Errorf("the reason is %q", reason)
		}
	})
}

// onServer reads one value on a server.
func onServer(t *testing.T, s *pgtest.Server, sql string, into any) error {
	t.Helper()
	pool, err := postgres.Open(t.Context(), s.URL(t), postgres.Options{MaxConns: 1})
	if err != nil {
		return err
	}
	defer pool.Close()
	return pool.QueryRow(t.Context(), sql).Scan(into)
}

// Its connections would go to several servers, of which one is monitored.
func TestReplicaURLWithSeveralHostsIsRejected(t *testing.T) {
	t.Parallel()
	o := postgres.Options{MaxConns: 2}
	pool, err := postgres.Open(t.Context(), pgtest.New(t), o)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()

	router, err := replica.Open(t.Context(), pool, []string{"postgres://aisle:hush@127.0.0.1:1,127.0.0.1:2/aisle"}, o)

	if err == nil {
		router.Close()
		t.Fatal("it was opened")
	}
	if !strings.Contains(err.Error(), "replica 1 of 1") || !strings.Contains(err.Error(), "several hosts") || strings.Contains(err.Error(), "hush") {
		t.Errorf("got %v", err)
	}
}

// A replica that crashes restarts at its last restartpoint. Here it does not replay what it had replayed before.
func TestRestartedReplicaShowsNoOlderState(t *testing.T) {
	t.Parallel()
	primary := pgtest.NewServer(t, nil)
	primary.Exec(t, makeCounter)
	standby := primary.Replica(t)
	node := start(t, primary, standby)
	viewer := uuid.New()
	look := func() (n int64, onReplica bool) {
		t.Helper()
		n, onReplica, err := node.read(t.Context(), viewer)
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

	standby.Exec(t, "ALTER SYSTEM SET recovery_min_apply_delay = '1h'")
	standby.Kill(t)
	waitUntil(t, "it is out", func() bool { return node.inRotation() == 0 })
	standby.Start(t)
	waitUntil(t, "it is back", func() bool { return node.inRotation() == 1 })

	var shown int64
	if err := onServer(t, standby, "SELECT name::bigint FROM stores.region", &shown); err != nil || shown == 5 {
		t.Fatalf("it did not go back: it shows %d (%v)", shown, err)
	}
	for range 20 {
		if n, onReplica := look(); n != 5 || onReplica {
			t.Fatalf("%d was seen after 5, on the replica: %t", n, onReplica)
		}
	}
	standby.Exec(t, "ALTER SYSTEM RESET recovery_min_apply_delay")
	standby.Exec(t, "SELECT pg_reload_conf()")
	waitUntil(t, "it is read again when it shows all", func() bool {
		n, onReplica := look()
		if n != 5 {
			t.Fatalf("%d was seen after 5", n)
		}
		return onReplica
	})
}
