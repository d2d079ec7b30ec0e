package system_test

import (
	"context"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"aisle/app/localpg/pgtest"
	"aisle/store/postgres"
)

// startReplicaReader starts a node with a primary and a replica.
func startReplicaReader(t *testing.T, primary, replica *pgtest.Server) *serveProcess {
	t.Helper()
	node := startNode(t, primary.URL(t), redisServer(t), "AISLE_REPLICA_URLS="+replica.URL(t))
	node.waitFor(t, `aisle_replica_up{replica="`+replica.Name()+`"} 1`)
	return node
}

// waitFor waits until the metrics contain a line.
func (p *serveProcess) waitFor(t *testing.T, line string) {
	t.Helper()
	eventually(t, line, func() bool { return strings.Contains(p.metrics(t), line+"\n") })
}

// homeTasks returns the titles of the tasks of MobileHome.
func (w *worker) homeTasks(ctx context.Context) (titles []string, err error) {
	var data struct {
		Viewer struct {
			Store struct {
				Tasks struct {
					Edges []struct{ Node struct{ Title string } }
				}
			}
		}
	}
	err = w.send(ctx, document("MobileHome"), input{"first": 100}, &data)
	for _, edge := range data.Viewer.Store.Tasks.Edges {
		titles = append(titles, edge.Node.Title)
	}
	return titles, err
}

// moduleStatement matches statements on tables of modules in the log of a server.
var moduleStatement = regexp.MustCompile(`(?i)\b(?:from|join) (?:stores|staff|catalog|inventory|tasks|feedback)\.[a-z_]+`)

//nolint:tparallel // one after the other: they do things to the same replica
func TestQueriesReadFromTheReplica(t *testing.T) {
	t.Parallel()
	primary := pgtest.NewServer(t, map[string]string{"log_statement": "all"})
	newDemo(t, primary.URL(t))
	replica := primary.Replica(t)
	node := startReplicaReader(t, primary, replica)
	w := newWorker(t, node.api, "manager.1")
	if _, err := w.homeTasks(t.Context()); err != nil {
		t.Fatal(err)
	}
	look := func(t *testing.T) []string {
		t.Helper()
		titles, err := w.homeTasks(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return titles
	}

	t.Run("without writes, the primary gets no queries", func(t *testing.T) {
		eventually(t, "the viewer reads from the replica again after the sign-in", func() bool {
			before := len(primary.Log(t))
			look(t)
			return !moduleStatement.MatchString(primary.Log(t)[before:])
		})
		onPrimary, onReplica := len(primary.Log(t)), len(replica.Log(t))

		for range 20 {
			look(t)
		}

		if found := moduleStatement.FindAllString(primary.Log(t)[onPrimary:], -1); len(found) > 0 {
			t.Errorf("the primary ran %q", found)
		}
		if found := moduleStatement.FindAllString(replica.Log(t)[onReplica:], -1); len(found) < 20 {
			t.Errorf("the replica ran %q", found)
		}
	})

	t.Run("a viewer reads the own writes while the replica does not replay", func(t *testing.T) {
		replica.Exec(t, "SELECT pg_wal_replay_pause()")

		for _, title := range []string{"first", "second", "third"} {
			if _, err := w.change(t.Context(), "CreateTasks", withIdempotencyKey(input{"tasks": []input{w.task(title)}})); err != nil {
				t.Fatal(err)
			}
			if titles := strings.Join(look(t), ", "); !strings.Contains(titles, title) {
				t.Fatalf("%s is not among %s", title, titles)
			}
		}

		node.waitFor(t, `aisle_replica_up{replica="`+replica.Name()+`"} 0`)
		replica.Exec(t, "SELECT pg_wal_replay_resume()")
		node.waitFor(t, `aisle_replica_up{replica="`+replica.Name()+`"} 1`)
		eventually(t, "the node reads from the replica again", func() bool {
			before := len(replica.Log(t))
			return strings.Contains(strings.Join(look(t), ", "), "third") && moduleStatement.MatchString(replica.Log(t)[before:])
		})
	})

	t.Run("no request fails when the replica is killed and restarts", func(t *testing.T) {
		requests := startHomeReader(t, w)
		requests.waitForResponses(t)

		replica.Kill(t)
		node.waitFor(t, `aisle_replica_up{replica="`+replica.Name()+`"} 0`)
		requests.waitForResponses(t)
		replica.Start(t)
		node.waitFor(t, `aisle_replica_up{replica="`+replica.Name()+`"} 1`)
		requests.waitForResponses(t)

		requests.stop(t)
	})

	t.Run("no request fails while the replica hangs", func(t *testing.T) {
		requests := startHomeReader(t, w)
		requests.waitForResponses(t)

		replica.Freeze(t)
		node.waitFor(t, `aisle_replica_up{replica="`+replica.Name()+`"} 0`)
		requests.waitForResponses(t)
		replica.Thaw(t)
		node.waitFor(t, `aisle_replica_up{replica="`+replica.Name()+`"} 1`)
		requests.waitForResponses(t)

		if longest := requests.stop(t); longest > 5*time.Second {
			t.Errorf("a request took %s", longest)
		}
	})

	t.Run("reads from the replica continue during an outage of the primary", func(t *testing.T) {
		eventually(t, "the viewer reads from the replica", func() bool {
			before := len(replica.Log(t))
			look(t)
			return moduleStatement.MatchString(replica.Log(t)[before:])
		})

		primary.Freeze(t)
		defer primary.Thaw(t)

		look(t)
	})
}

// A homeReader sends MobileHome in a loop.
type homeReader struct {
	one     chan struct{} // receives a value for each response
	over    chan struct{}
	longest chan time.Duration
}

func startHomeReader(t *testing.T, w *worker) homeReader {
	t.Helper()
	l := homeReader{make(chan struct{}), make(chan struct{}), make(chan time.Duration, 1)}
	go func() {
		var longest time.Duration
		defer func() { l.longest <- longest }()
		for {
			begun := time.Now()
			if _, err := w.homeTasks(t.Context()); err != nil {
				t.Error(err)
			}
			longest = max(longest, time.Since(begun))
			select {
			case l.one <- struct{}{}:
			case <-l.over:
				return
			default:
			}
		}
	}()
	return l
}

// waitForResponses waits for some more responses.
func (l homeReader) waitForResponses(t *testing.T) {
	t.Helper()
	for range 20 {
		<-l.one
	}
}

func (l homeReader) stop(t *testing.T) (longest time.Duration) {
	t.Helper()
	close(l.over)
	return <-l.longest
}

// startWithReplica starts a node with both servers as primary candidates; primary is the primary now.
func startWithReplica(t *testing.T, primary, replica *pgtest.Server) *serveProcess {
	t.Helper()
	both, err := url.Parse(primary.URL(t))
	if err != nil {
		t.Fatal(err)
	}
	both.Host += "," + replica.Name()
	node := startNode(t, both.String(), redisServer(t), "AISLE_REPLICA_URLS="+replica.URL(t))
	node.waitFor(t, `aisle_replica_up{replica="`+replica.Name()+`"} 1`)
	return node
}

func openServer(t *testing.T, s *pgtest.Server) *postgres.Pool {
	t.Helper()
	pool, err := postgres.Open(t.Context(), s.URL(t), postgres.Options{MaxConns: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool
}

func TestPromotionLosesNoWrites(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(primary *pgtest.Server){
		"killed": func(primary *pgtest.Server) { primary.Kill(t) },
		"hangs":  func(primary *pgtest.Server) { primary.Freeze(t) },
	} {
		t.Run("the primary "+name, func(t *testing.T) {
			t.Parallel()
			primary := pgtest.NewServer(t, nil)
			newDemo(t, primary.URL(t)).Close()
			replica := primary.Replica(t)
			primary.Exec(t, "ALTER SYSTEM SET synchronous_standby_names = '*'")
			primary.Exec(t, "SELECT pg_reload_conf()")
			node := startWithReplica(t, primary, replica)
			workers := []*worker{newWorker(t, node.api, "manager.1"), newWorker(t, node.api, "manager.2")}
			sent := &atomic.Int64{}
			workers[0].sent = sent
			rest := keepWorking(t, workers...)
			eventually(t, "the workers send requests", func() bool { return sent.Load() > 20 })

			end(primary)
			replica.Promote(t)
			promoted := time.Now()
			pool := openServer(t, replica)
			before := len(eventsOf(t, pool, ""))
			eventually(t, "writes resume", func() bool { return len(eventsOf(t, pool, "")) > before })

			took := time.Since(promoted)
			t.Logf("writes resumed %s after the promotion", took)
			if took > 10*time.Second {
				t.Error("the outage of writes is too long")
			}
			rest()
			checkDatabase(t, pool, workers...)
		})
	}
}

// A promoted asynchronous replica lacks the last events of the old primary. Caches and subscribers must not show them.
func TestSubscribersResyncWhenAPromotedReplicaLacksEvents(t *testing.T) {
	t.Parallel()
	primary := pgtest.NewServer(t, nil)
	newDemo(t, primary.URL(t)).Close()
	replica := primary.Replica(t)
	node := startWithReplica(t, primary, replica)
	w := newWorker(t, node.api, "manager.1")
	create := func(title string) {
		t.Helper()
		if _, err := w.change(t.Context(), "CreateTasks", withIdempotencyKey(input{"tasks": []input{w.task(title)}})); err != nil {
			t.Fatal(err)
		}
	}
	sees := func(title string) bool {
		titles, err := w.homeTasks(t.Context())
		return err == nil && slices.Contains(titles, title)
	}
	create("kept")
	pool := openServer(t, replica)
	eventually(t, "the replica has the event", func() bool { return len(eventsOf(t, pool, "")) == 1 })
	replica.Exec(t, "ALTER SYSTEM SET primary_conninfo = ''")
	replica.Exec(t, "SELECT pg_reload_conf()")
	eventually(t, "the replica receives no WAL", func() bool { return len(column(t, pool, "SELECT pid::text FROM pg_stat_wal_receiver")) == 0 })
	create("lost")
	lost := newWorker(t, node.api, "supervisor.1").cursor

	primary.Kill(t)
	replica.Promote(t)

	eventually(t, "the lost task is not shown", func() bool { return !sees("lost") && sees("kept") })
	create("after")
	var titles []string
	eventually(t, "a read gets a response: connections to the old primary may be left", func() bool {
		var err error
		titles, err = w.homeTasks(t.Context())
		return err == nil
	})
	if !slices.Contains(titles, "after") {
		t.Errorf("the new task is missing in %q", titles)
	}
	var data struct{ Changes struct{ ResyncRequired bool } }
	err := w.retry(t.Context(), document("Changes"), input{"storeId": w.storeID, "after": lost}, &data)
	if err != nil || !data.Changes.ResyncRequired {
		t.Errorf("the subscriber gets no error: %v", err)
	}
}
