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

// startOnReplica starts a node on a primary with a replica.
func startOnReplica(t *testing.T, primary, replica *pgtest.Server) *serveProcess {
	t.Helper()
	node := startNode(t, primary.URL(t), redisServer(t), "AISLE_REPLICA_URLS="+replica.URL(t))
	node.waitFor(t, `aisle_replica_up{replica="`+replica.Name()+`"} 1`)
	return node
}

// waitFor waits until the metrics have a line.
func (p *serveProcess) waitFor(t *testing.T, line string) {
	t.Helper()
	eventually(t, line, func() bool { return strings.Contains(p.metrics(t), line+"\n") })
}

// homeTasks are those that MobileHome shows.
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

// ofModules finds the statements of modules that queries read in a server's log.
var ofModules = regexp.MustCompile(`(?i)\b(?:from|join) (?:stores|staff|catalog|inventory|tasks|feedback)\.[a-z_]+`)

//nolint:tparallel // one after the other: they do things to the same replica
func TestReplicaTakesWhatQueriesReadWhileItShowsEnough(t *testing.T) {
	t.Parallel()
	primary := pgtest.NewServer(t, map[string]string{"log_statement": "all"})
	newDemo(t, primary.URL(t))
	replica := primary.Replica(t)
	node := startOnReplica(t, primary, replica)
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

	t.Run("the primary gets none when it is quiet", func(t *testing.T) {
		eventually(t, "the viewer is back from the primary, where signing in was", func() bool {
			before := len(primary.Log(t))
			look(t)
			return !ofModules.MatchString(primary.Log(t)[before:])
		})
		onPrimary, onReplica := len(primary.Log(t)), len(replica.Log(t))

		for range 20 {
			look(t)
		}

		if found := ofModules.FindAllString(primary.Log(t)[onPrimary:], -1); len(found) > 0 {
			t.Errorf("the primary was asked %q", found)
		}
		if found := ofModules.FindAllString(replica.Log(t)[onReplica:], -1); len(found) < 20 {
			t.Errorf("the replica was asked %q", found)
		}
	})

	t.Run("own writes are seen while it replays nothing, and it leaves the rotation", func(t *testing.T) {
		replica.Exec(t, "SELECT pg_wal_replay_pause()")

		for _, title := range []string{"first", "second", "third"} {
			if _, err := w.change(t.Context(), "CreateTasks", keyed(input{"tasks": []input{w.task(title)}})); err != nil {
				t.Fatal(err)
			}
			if titles := strings.Join(look(t), ", "); !strings.Contains(titles, title) {
				t.Fatalf("%s is not among %s", title, titles)
			}
		}

		node.waitFor(t, `aisle_replica_up{replica="`+replica.Name()+`"} 0`)
		replica.Exec(t, "SELECT pg_wal_replay_resume()")
		node.waitFor(t, `aisle_replica_up{replica="`+replica.Name()+`"} 1`)
		eventually(t, "it is read again", func() bool {
			before := len(replica.Log(t))
			return strings.Contains(strings.Join(look(t), ", "), "third") && ofModules.MatchString(replica.Log(t)[before:])
		})
	})

	t.Run("no request fails when it is killed, and it comes back by itself", func(t *testing.T) {
		requests := keepLooking(t, w)
		requests.some(t)

		replica.Kill(t)
		node.waitFor(t, `aisle_replica_up{replica="`+replica.Name()+`"} 0`)
		requests.some(t)
		replica.Start(t)
		node.waitFor(t, `aisle_replica_up{replica="`+replica.Name()+`"} 1`)
		requests.some(t)

		requests.end(t)
	})

	t.Run("requests go on while it hangs, and it comes back by itself", func(t *testing.T) {
		requests := keepLooking(t, w)
		requests.some(t)

		replica.Freeze(t)
		node.waitFor(t, `aisle_replica_up{replica="`+replica.Name()+`"} 0`)
		requests.some(t)
		replica.Thaw(t)
		node.waitFor(t, `aisle_replica_up{replica="`+replica.Name()+`"} 1`)
		requests.some(t)

		if longest := requests.end(t); longest > 5*time.Second {
			t.Errorf("a request took %s", longest)
		}
	})

	t.Run("what is read from it goes on while the primary is away", func(t *testing.T) {
		eventually(t, "the viewer reads from the replica", func() bool {
			before := len(replica.Log(t))
			look(t)
			return ofModules.MatchString(replica.Log(t)[before:])
		})

		primary.Freeze(t)
		defer primary.Thaw(t)

		look(t)
	})
}

// looking are requests for MobileHome, one after the other.
type looking struct {
	one     chan struct{} // gets one for each that was answered
	over    chan struct{}
	longest chan time.Duration
}

func keepLooking(t *testing.T, w *worker) looking {
	t.Helper()
	l := looking{make(chan struct{}), make(chan struct{}), make(chan time.Duration, 1)}
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

// some waits until some more were answered.
func (l looking) some(t *testing.T) {
	t.Helper()
	for range 20 {
		<-l.one
	}
}

func (l looking) end(t *testing.T) (longest time.Duration) {
	t.Helper()
	close(l.over)
	return <-l.longest
}

// startOnBoth starts a node that knows two servers, of which the first is the primary.
func startOnBoth(t *testing.T, primary, replica *pgtest.Server) *serveProcess {
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

func TestWritesResumeAfterAPromotionAndNoneIsLost(t *testing.T) {
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
			node := startOnBoth(t, primary, replica)
			workers := []*worker{newWorker(t, node.api, "manager.1"), newWorker(t, node.api, "manager.2")}
			sent := &atomic.Int64{}
			workers[0].sent = sent
			rest := keepWorking(t, workers...)
			eventually(t, "there is work", func() bool { return sent.Load() > 20 })

			end(primary)
			replica.Promote(t)
			promoted := time.Now()
			pool := openServer(t, replica)
			before := len(happenedIn(t, pool, ""))
			eventually(t, "writes resume", func() bool { return len(happenedIn(t, pool, "")) > before })

			took := time.Since(promoted)
			t.Logf("writes resumed %s after the promotion", took)
			if took > 10*time.Second {
				t.Error("that is too long")
			}
			rest()
			checkWork(t, pool, workers...)
		})
	}
}

// Replication that is not synchronous loses what the replica has not got. Nobody is left with what is gone.
func TestWhoFollowsIsToldWhenAPromotedReplicaLacksTheEndOfTheLog(t *testing.T) {
	t.Parallel()
	primary := pgtest.NewServer(t, nil)
	newDemo(t, primary.URL(t)).Close()
	replica := primary.Replica(t)
	node := startOnBoth(t, primary, replica)
	w := newWorker(t, node.api, "manager.1")
	create := func(title string) {
		t.Helper()
		if _, err := w.change(t.Context(), "CreateTasks", keyed(input{"tasks": []input{w.task(title)}})); err != nil {
			t.Fatal(err)
		}
	}
	sees := func(title string) bool {
		titles, err := w.homeTasks(t.Context())
		return err == nil && slices.Contains(titles, title)
	}
	create("kept")
	pool := openServer(t, replica)
	eventually(t, "the replica has it", func() bool { return len(happenedIn(t, pool, "")) == 1 })
	replica.Exec(t, "ALTER SYSTEM SET primary_conninfo = ''")
	replica.Exec(t, "SELECT pg_reload_conf()")
	eventually(t, "it follows nobody", func() bool { return len(column(t, pool, "SELECT pid::text FROM pg_stat_wal_receiver")) == 0 })
	create("lost")
	lost := newWorker(t, node.api, "supervisor.1").cursor

	primary.Kill(t)
	replica.Promote(t)

	eventually(t, "what is gone is not shown", func() bool { return !sees("lost") && sees("kept") })
	create("after")
	if !sees("after") {
		t.Error("the new task is not there")
	}
	var data struct{ Changes struct{ ResyncRequired bool } }
	err := w.insist(t.Context(), document("Changes"), input{"storeId": w.storeID, "after": lost}, &data)
	if err != nil || !data.Changes.ResyncRequired {
		t.Errorf("who was at the end that is gone is not told: %v", err)
	}
}
