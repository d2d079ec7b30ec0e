package system_test

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"aisle/app/localpg/pgtest"
)

// grace is the shutdown grace period of the nodes, and proxyDelay the part of it in which the proxy stops sending requests.
const (
	grace      = 20 * time.Second
	proxyDelay = 4 * time.Second
)

// keepReading sends MobileHome at an interval until rest is called.
func keepReading(t *testing.T, c *caller, every time.Duration) (rest func()) {
	t.Helper()
	var over atomic.Bool
	var group sync.WaitGroup
	group.Go(func() {
		tick := time.NewTicker(every)
		defer tick.Stop()
		for ; !over.Load() && t.Context().Err() == nil; <-tick.C {
			var data map[string]any
			if err := c.retry(t.Context(), document("MobileHome"), input{"first": 20}, &data); err != nil && t.Context().Err() == nil {
				t.Error(err)
				return
			}
		}
	})
	rest = func() {
		over.Store(true)
		group.Wait()
	}
	t.Cleanup(rest)
	return rest
}

// manyFollowers returns n followers of a store.
func manyFollowers(n int, storeID, after string) (list []follower) {
	for i := range n {
		for _, transport := range []string{"ws", "sse"} {
			list = append(list, follower{
				fmt.Sprintf("%s %d", transport, i), transport, document("StoreEvents"), input{"storeId": storeID, "after": after},
			})
		}
	}
	return list
}

// streamEnds returns how long after since the streams of followers ended. A wrong close code is an error.
func (f *followers) streamEnds(t *testing.T, since time.Time) (sockets, streams []time.Duration) {
	t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	for name, reports := range f.reports {
		for _, r := range reports {
			after := r.at.Sub(since)
			switch {
			case after < 0:
			case r.Closed == 1012:
				sockets = append(sockets, after)
			case r.Cut:
				streams = append(streams, after)
			case r.Event == nil:
				t.Errorf("%s: %+v", name, r)
			}
		}
	}
	return slices.Sorted(slices.Values(sockets)), slices.Sorted(slices.Values(streams))
}

// replaceNode adds a node, stops an old one, and checks that its streams end spread over the grace period.
func replaceNode(t *testing.T, b *balancer, old, next *serveProcess, clients *followers) {
	t.Helper()
	b.add(t, next)
	begun := time.Now()
	old.stop(t)
	if took := time.Since(begun); took > grace {
		t.Errorf("the node stopped after %v, its grace period is %v", took, grace)
	}
	sockets, streams := clients.streamEnds(t, begun)
	t.Logf("sockets were closed after %v, event streams after %v", sockets, streams)
	ended := slices.Sorted(slices.Values(append(sockets, streams...))) // the order is random
	if len(sockets) == 0 || len(streams) == 0 || ended[0] < proxyDelay*9/10 || ended[len(ended)-1]-ended[0] < (grace-proxyDelay)/2 {
		t.Errorf("the ends are not spread over the grace period: %v", ended)
	}
}

// Each node is replaced by a new one while workers and followers are connected.
func TestRollingRestartLosesNothing(t *testing.T) {
	t.Parallel()
	database, redisURL := demoDatabase(t, 2), redisServer(t)
	pool := openDemo(t, database)
	start := func() *serveProcess {
		return startNode(t, database, redisURL, "AISLE_DRAIN_DELAY="+proxyDelay.String(), "AISLE_SHUTDOWN_TIMEOUT="+grace.String())
	}
	first, second := start(), start()
	b := newBalancer(t, first, second)
	workers := []*worker{newWorker(t, b.URL, "manager.1"), newWorker(t, b.URL, "manager.2")}
	reader := newCaller(t, b.URL, "supervisor.1")
	clients := follow(t, b.URL, "admin", manyFollowers(8, workers[0].storeID, workers[0].cursor))
	rest, restReading := keepWorking(t, workers...), keepReading(t, reader, 10*time.Millisecond)
	clients.waitForEach(t, "events come", func(_ follower, reports []report) bool { return len(events(reports)) > 0 })

	replaceNode(t, b, first, start(), clients)
	replaceNode(t, b, second, start(), clients)

	rest()
	restReading()
	for _, c := range []*caller{workers[0].caller, workers[1].caller, reader} {
		for _, err := range c.failures {
			t.Errorf("a request of %s failed: %v", c.login, err)
		}
	}
	checkDatabase(t, pool, workers...)
	clients.checkEvents(t, eventsOf(t, pool, workers[0].storeID), nil)
	t.Logf("%d events of %d rounds", len(eventsOf(t, pool, "")), len(workers[0].rounds)+len(workers[1].rounds))
}

// A second SIGTERM ends the node without waiting for the grace period.
func TestSecondSignalEndsANodeAtOnce(t *testing.T) {
	t.Parallel()
	node := startNode(t, pgtest.New(t), noRedis, "AISLE_DRAIN_DELAY=1h", "AISLE_SHUTDOWN_TIMEOUT=4h")
	signal := func() {
		if err := node.Process.Signal(syscall.SIGTERM); err != nil {
			t.Error(err)
		}
	}
	eventually(t, "the node is ready", func() bool { return status(t, node.api+"/readyz") == 200 }) // before, the signal handler is not installed

	signal()
	eventually(t, "the node drains", func() bool { return status(t, node.api+"/readyz") == 503 })

	signal()

	node.reading.Wait()
	if err := node.Wait(); err == nil || err.Error() != "signal: terminated" {
		t.Errorf("it ended with %v", err)
	}
}
