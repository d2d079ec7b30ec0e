package system_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"aisle/store/postgres"
)

// An outage makes a service unavailable; back ends it.
type outage func() (back func())

// recoveryTimeout limits how long a node takes to recover after an outage: a second or two, and more on a busy machine. A node that
// does not notice the end of an outage takes minutes.
const recoveryTimeout = 20 * time.Second

// A busyNode is a node under load, with a PostgreSQL and a Redis of its own.
type busyNode struct {
	*serveProcess

	redis       *redisProcess
	postgres    *durablePostgres
	probe       *caller
	worker      *worker
	stopReaders []func()     // one for each reader
	attempts    atomic.Int64 // requests of the readers; failed ones count
}

func startBusyNode(t *testing.T) *busyNode {
	t.Helper()
	n := &busyNode{redis: startRedis(t), postgres: startDurablePostgres(t)}
	if _, err := postgres.MigrateUp(t.Context(), n.postgres.url.String()); err != nil {
		t.Fatal(err)
	}
	n.postgres.dataDir = column(t, newDemo(t, n.postgres.url.String()), "SHOW data_directory")[0]
	n.serveProcess = startNode(t, n.postgres.url.String(), n.redis.url(), "AISLE_REQUEST_TIMEOUT=2s")
	n.worker = newWorker(t, n.api, "manager.1")
	n.probe = newCaller(t, n.api, "manager.1")
	if err := n.probe.signIn(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range 20 { // more than there are connections to PostgreSQL
		reader := newCaller(t, n.api, "supervisor.1")
		reader.token, reader.sent = n.probe.token, &n.attempts
		n.stopReaders = append(n.stopReaders, keepReading(t, reader, 50*time.Millisecond))
	}
	return n
}

// responds reports whether a request that is rate limited through Redis succeeds at the first attempt.
func (n *busyNode) responds(ctx context.Context) bool {
	var data map[string]any
	return n.probe.send(ctx, "{ viewer { id } stores(first: 1) { totalCount } }", nil, &data) == nil
}

// isAlive checks /livez on both ports.
func (n *busyNode) isAlive(t *testing.T) {
	t.Helper()
	for _, at := range []string{n.api, n.admin} {
		if got := status(t, at+"/livez"); got != 200 {
			t.Errorf("/livez returns status %d", got)
		}
	}
}

// close stops the readers and then the node, which must exit with status 0.
func (n *busyNode) close(t *testing.T) {
	t.Helper()
	for _, rest := range n.stopReaders {
		rest()
	}
	n.stop(t)
}

// waitForAttempts waits until the readers have sent that many more requests.
func (n *busyNode) waitForAttempts(t *testing.T, tries int64) {
	t.Helper()
	until := n.attempts.Load() + tries
	eventually(t, "the readers send requests", func() bool { return n.attempts.Load() >= until })
}

func TestNodeSurvivesPostgreSQLOutages(t *testing.T) { //nolint:tparallel // one outage at a time
	t.Parallel()
	n := startBusyNode(t)
	for name, begin := range map[string]outage{
		"stopped": func() func() {
			n.postgres.stop(t)
			return func() { n.postgres.start(t) }
		},
		"killed": func() func() {
			n.postgres.kill(t)
			return func() { n.postgres.start(t) }
		},
		"paused": func() func() { return n.postgres.pause(t) },
	} {
		t.Run(name, func(t *testing.T) {
			back := begin()
			eventually(t, "the node is not ready", func() bool { return status(t, n.api+"/readyz") == 503 })
			n.waitForAttempts(t, 40)
			n.isAlive(t)

			back()

			begun := time.Now()
			eventually(t, "the node is ready", func() bool { return status(t, n.api+"/readyz") == 200 })
			eventually(t, "the node responds", func() bool { return n.responds(t.Context()) })
			if took := time.Since(begun); took > recoveryTimeout {
				t.Errorf("the node recovered after %v", took)
			}
			n.isAlive(t)
			work(t, 1, n.worker)
		})
	}
	n.close(t)
}

// No request needs Redis: none fails during an outage.
func TestNodeServesDuringRedisOutages(t *testing.T) { //nolint:tparallel // one outage at a time
	t.Parallel()
	n := startBusyNode(t)
	const away = "Redis is unavailable: rate limits count per node, and nodes share no documents and no cached entities"
	const back = "Redis is available again"
	for name, begin := range map[string]outage{
		"killed": func() func() {
			n.redis.kill()
			return func() {
				n.redis.start(t)
				eventually(t, "Redis listens", n.redis.listens)
			}
		},
		"paused": func() func() { return n.redis.pause(t) },
	} {
		t.Run(name, func(t *testing.T) {
			before, seen, failed := n.logCount(back), n.logCount(away), len(n.worker.failures)
			end := begin()
			eventually(t, "the node logs the outage", func() bool { return n.responds(t.Context()) && n.logCount(away) > seen })
			n.waitForAttempts(t, 100)
			if got := status(t, n.api+"/readyz"); got != 200 {
				t.Errorf("/readyz returns status %d", got)
			}
			n.isAlive(t)
			work(t, 1, n.worker)

			end()

			begun := time.Now()
			eventually(t, "the node uses Redis again", func() bool { return n.responds(t.Context()) && n.logCount(back) > before })
			if took := time.Since(begun); took > recoveryTimeout {
				t.Errorf("the node used Redis again after %v", took)
			}
			work(t, 1, n.worker)
			if now := n.worker.failures; len(now) > failed {
				t.Errorf("requests failed: %v", now[failed:])
			}
		})
	}
	n.close(t)
}
