package system_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"aisle/store/postgres"
)

// outage takes something away, and gives it back when it is told to.
type outage func() (back func())

// mostAway is how long after the end of an outage a node serves as before, at most.
const mostAway = 5 * time.Second

// busyNode is a node of a chain at work, whose PostgreSQL and Redis can be taken away.
type busyNode struct {
	*serveProcess

	redis    *redisProcess
	postgres *durable
	probe    *caller
	worker   *worker
	rest     []func()     // of the readers
	tries    atomic.Int64 // of them, whatever came of them
}

func startBusyNode(t *testing.T) *busyNode {
	t.Helper()
	n := &busyNode{redis: startRedis(t), postgres: startDurable(t)}
	if _, err := postgres.MigrateUp(t.Context(), n.postgres.at.String()); err != nil {
		t.Fatal(err)
	}
	n.postgres.data = column(t, newDemo(t, n.postgres.at.String()), "SHOW data_directory")[0]
	n.serveProcess = startNode(t, n.postgres.at.String(), n.redis.url(), "AISLE_REQUEST_TIMEOUT=2s")
	n.worker = newWorker(t, n.api, "manager.1")
	n.probe = newCaller(t, n.api, "manager.1")
	if err := n.probe.signIn(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range 20 { // more than there are connections to PostgreSQL
		reader := newCaller(t, n.api, "supervisor.1")
		reader.token, reader.sent = n.probe.token, &n.tries
		n.rest = append(n.rest, keepReading(t, reader, 50*time.Millisecond))
	}
	return n
}

// answers says whether a request, whose cost is counted in Redis, is answered at the first try.
func (n *busyNode) answers(ctx context.Context) bool {
	var data map[string]any
	return n.probe.send(ctx, "{ viewer { id } stores(first: 1) { totalCount } }", nil, &data) == nil
}

// isAlive looks at the process, and at both of its ports.
func (n *busyNode) isAlive(t *testing.T) {
	t.Helper()
	for _, at := range []string{n.api, n.admin} {
		if got := status(t, at+"/livez"); got != 200 {
			t.Errorf("/livez answers %d", got)
		}
	}
}

// close ends the readers, and then the node, which must end well.
func (n *busyNode) close(t *testing.T) {
	t.Helper()
	for _, rest := range n.rest {
		rest()
	}
	n.end(t)
}

// suffer waits until the readers have been in the outage for so many tries.
func (n *busyNode) suffer(t *testing.T, tries int64) {
	t.Helper()
	until := n.tries.Load() + tries
	eventually(t, "the readers try", func() bool { return n.tries.Load() >= until })
}

func TestANodeLivesThroughOutagesOfPostgreSQL(t *testing.T) { //nolint:tparallel // one outage at a time
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
			eventually(t, "it is not ready", func() bool { return status(t, n.api+"/readyz") == 503 })
			n.suffer(t, 40)
			n.isAlive(t)

			back()

			begun := time.Now()
			eventually(t, "it is ready", func() bool { return status(t, n.api+"/readyz") == 200 })
			eventually(t, "it answers", func() bool { return n.answers(t.Context()) })
			if took := time.Since(begun); took > mostAway {
				t.Errorf("service was back after %v", took)
			}
			n.isAlive(t)
			work(t, 1, n.worker)
		})
	}
	n.close(t)
}

// Nothing that is asked for needs Redis: no request fails while it is away.
func TestANodeServesThroughOutagesOfRedis(t *testing.T) { //nolint:tparallel // one outage at a time
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
			before, seen, failed := n.says(back), n.says(away), len(n.worker.failures)
			end := begin()
			eventually(t, "it is noticed", func() bool { return n.answers(t.Context()) && n.says(away) > seen })
			n.suffer(t, 100)
			if got := status(t, n.api+"/readyz"); got != 200 {
				t.Errorf("/readyz answers %d", got)
			}
			n.isAlive(t)
			work(t, 1, n.worker)

			end()

			begun := time.Now()
			eventually(t, "Redis is asked again", func() bool { return n.answers(t.Context()) && n.says(back) > before })
			if took := time.Since(begun); took > mostAway {
				t.Errorf("Redis was asked again after %v", took)
			}
			work(t, 1, n.worker)
			if now := n.worker.failures; len(now) > failed {
				t.Errorf("requests failed: %v", now[failed:])
			}
		})
	}
	n.close(t)
}
