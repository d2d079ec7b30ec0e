package system_test

import (
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
)

// work runs rounds of all workers concurrently.
func work(t *testing.T, rounds int, workers ...*worker) {
	t.Helper()
	group, ctx := errgroup.WithContext(t.Context())
	for _, w := range workers {
		group.Go(func() error {
			for range rounds {
				if err := w.round(ctx); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
}

// keepWorking runs rounds of all workers concurrently until rest is called, which waits for the last rounds.
func keepWorking(t *testing.T, workers ...*worker) (rest func()) {
	t.Helper()
	var over atomic.Bool
	var group sync.WaitGroup
	for _, w := range workers {
		group.Go(func() {
			for !over.Load() && t.Context().Err() == nil {
				if err := w.round(t.Context()); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	rest = func() {
		over.Store(true)
		group.Wait()
	}
	t.Cleanup(rest)
	return rest
}

// changesAfter reads all pages of a store's changes after a cursor.
func changesAfter(t *testing.T, c *caller, storeID, after string) (list []eventRow) {
	t.Helper()
	for {
		var data struct {
			Changes struct {
				Events                  []eventRow
				Cursor                  string
				HasMore, ResyncRequired bool
			}
		}
		if err := c.retry(t.Context(), document("Changes"), input{"storeId": storeID, "after": after, "first": 50}, &data); err != nil {
			t.Fatal(err)
		}
		if data.Changes.ResyncRequired {
			t.Fatal("resyncRequired is true")
		}
		list, after = append(list, data.Changes.Events...), data.Changes.Cursor
		if !data.Changes.HasMore {
			return list
		}
	}
}

// The proxy cuts connections all the time, often in the middle of a message.
func TestClientsWhoseConnectionsAreCutSeeEachEventOnce(t *testing.T) {
	t.Parallel()
	seed := randomSeed(t)
	database := demoDatabase(t, 2)
	pool := openDemo(t, database)
	node := startNode(t, database, redisServer(t))
	proxy := newProxy(t, node.address())
	proxy.setCuts(randomCuts(seed))
	here, there := newWorker(t, node.api, "manager.1"), newWorker(t, node.api, "manager.2")
	clients := follow(t, "http://"+proxy.address(), "admin", allTransports(here.storeID, here.cursor))

	work(t, 20, there, newWorker(t, node.api, "supervisor.2"), newWorker(t, node.api, "supervisor.1"))
	work(t, 10, here)

	ofStore := eventsOf(t, pool, here.storeID)
	clients.checkEvents(t, ofStore, eventsOf(t, pool, ""))
	if got := changesAfter(t, here.caller, here.storeID, here.cursor); !slices.Equal(got, ofStore) {
		t.Errorf("changes returned %d events, want %d", len(got), len(ofStore))
	}
	cuts := proxy.cutCount()
	t.Logf("%d connections were cut", cuts)
	if cuts < 20 {
		t.Error("fewer than 20 connections were cut")
	}
	node.stop(t)
	if len(node.faults) > 0 {
		t.Errorf("the node logged errors: %s", node.faults)
	}
}

// The proxy cuts each connection after a few events. Each attempt receives some of the missed events.
func TestClientsCatchUpWhenConnectionsAreCutAfterAFewEvents(t *testing.T) {
	t.Parallel()
	database := demoDatabase(t, 2)
	pool := openDemo(t, database)
	node := startNode(t, database, redisServer(t))
	defer node.stop(t)
	w := newWorker(t, node.api, "manager.1")
	work(t, 8, w)
	proxy := newProxy(t, node.address())
	const few, grace = 12 << 10, 50 * time.Millisecond
	proxy.setCuts(func() cutPlan { return cutPlan{few, grace} })

	clients := follow(t, "http://"+proxy.address(), "admin", allTransports(w.storeID, w.cursor))

	clients.checkEvents(t, eventsOf(t, pool, w.storeID), eventsOf(t, pool, ""))
}

// An access token expires during a subscription. The clients get a new one and continue.
func TestClientsWhoseTokensExpireLoseNothing(t *testing.T) {
	t.Parallel()
	database := demoDatabase(t, 2)
	pool := openDemo(t, database)
	node := startNode(t, database, redisServer(t), "AISLE_ACCESS_TTL=5s")
	defer node.stop(t)
	w := newWorker(t, node.api, "manager.1")
	clients := follow(t, node.api, "admin", allTransports(w.storeID, w.cursor))
	expired := func(of follower, reports []report) bool {
		times := 0
		for _, r := range reports {
			isClosed := r.Closed == 4403
			isRefused := slices.Equal(r.Refused, []string{"UNAUTHENTICATED"})
			if (of.Transport == "ws" && isClosed || of.Transport == "sse" && isRefused) && strings.Contains(r.Reason, "expired") {
				times++
			}
		}
		return times >= 2
	}

	rest := keepWorking(t, w)
	clients.waitForEach(t, "the token expires twice", expired)
	rest()

	clients.checkEvents(t, eventsOf(t, pool, w.storeID), eventsOf(t, pool, ""))
}

// A node that stops closes its subscriptions, and the clients connect to another one.
func TestClientsReconnectToAnotherNodeOnShutdown(t *testing.T) {
	t.Parallel()
	database, redisURL := demoDatabase(t, 2), redisServer(t)
	pool := openDemo(t, database)
	first, second := startNode(t, database, redisURL), startNode(t, database, redisURL)
	defer second.stop(t)
	proxy := newProxy(t, first.address())
	w := newWorker(t, second.api, "manager.1")
	clients := follow(t, "http://"+proxy.address(), "admin", allTransports(w.storeID, w.cursor))
	work(t, 1, w)
	clients.checkEvents(t, eventsOf(t, pool, w.storeID), eventsOf(t, pool, ""))

	proxy.setTarget(second.address())
	first.stop(t)
	work(t, 1, w)

	clients.checkEvents(t, eventsOf(t, pool, w.storeID), eventsOf(t, pool, ""))
	clients.waitForEach(t, "the close code says why", func(of follower, reports []report) bool {
		return slices.ContainsFunc(reports, func(r report) bool {
			return of.Transport == "ws" && r.Closed == 1012 || of.Transport == "sse" && r.Cut
		})
	})
}
