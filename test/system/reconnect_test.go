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

// work lets workers do rounds side by side.
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

// keepWorking lets workers do rounds side by side until they are told to rest, which waits for their last.
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

// changesAfter reads a store's changes page by page, as an app does that comes back.
func changesAfter(t *testing.T, c *caller, storeID, after string) (list []happened) {
	t.Helper()
	for {
		var data struct {
			Changes struct {
				Events                  []happened
				Cursor                  string
				HasMore, ResyncRequired bool
			}
		}
		if err := c.insist(t.Context(), document("Changes"), input{"storeId": storeID, "after": after, "first": 50}, &data); err != nil {
			t.Fatal(err)
		}
		if data.Changes.ResyncRequired {
			t.Fatal("the client has to resync")
		}
		list, after = append(list, data.Changes.Events...), data.Changes.Cursor
		if !data.Changes.HasMore {
			return list
		}
	}
}

// The real npm clients, on a line that breaks all the time, often in the middle of a message.
func TestClientsWhoseConnectionsAreCutSeeEachEventOnce(t *testing.T) {
	t.Parallel()
	seed := randomSeed(t)
	database := demoDatabase(t, 2)
	pool := openDemo(t, database)
	node := startNode(t, database, redisServer(t))
	line := newProxy(t, node.address())
	line.cut(atRandom(seed))
	here, there := newWorker(t, node.api, "manager.1"), newWorker(t, node.api, "manager.2")
	clients := follow(t, "http://"+line.address(), "admin", inAllWays(here.storeID, here.cursor))

	work(t, 20, there, newWorker(t, node.api, "supervisor.2"), newWorker(t, node.api, "supervisor.1"))
	work(t, 10, here)

	ofStore := happenedIn(t, pool, here.storeID)
	clients.see(t, ofStore, happenedIn(t, pool, ""))
	if got := changesAfter(t, here.caller, here.storeID, here.cursor); !slices.Equal(got, ofStore) {
		t.Errorf("the changes are %d events, not the %d that there are", len(got), len(ofStore))
	}
	cuts := line.cutSoFar()
	t.Logf("%d connections were cut", cuts)
	if cuts < 20 {
		t.Error("hardly a connection was cut")
	}
	node.end(t)
	if len(node.faults) > 0 {
		t.Errorf("a connection that is cut is no fault of the server: %s", node.faults)
	}
}

// A line that breaks after a few events, while there is much to catch up with: each try brings the clients some of it.
func TestClientsCatchUpOnALineThatBreaksAfterAFewEvents(t *testing.T) {
	t.Parallel()
	database := demoDatabase(t, 2)
	pool := openDemo(t, database)
	node := startNode(t, database, redisServer(t))
	defer node.end(t)
	w := newWorker(t, node.api, "manager.1")
	work(t, 8, w)
	line := newProxy(t, node.address())
	const few, agony = 12 << 10, 50 * time.Millisecond
	line.cut(func() fate { return fate{few, agony} })

	clients := follow(t, "http://"+line.address(), "admin", inAllWays(w.storeID, w.cursor))

	clients.see(t, happenedIn(t, pool, w.storeID), happenedIn(t, pool, ""))
}

// An access token ends in the middle of a subscription; the clients get another one and go on.
func TestClientsWhoseTokensExpireLoseNothing(t *testing.T) {
	t.Parallel()
	database := demoDatabase(t, 2)
	pool := openDemo(t, database)
	node := startNode(t, database, redisServer(t), "AISLE_ACCESS_TTL=2s")
	defer node.end(t)
	w := newWorker(t, node.api, "manager.1")
	clients := follow(t, node.api, "admin", inAllWays(w.storeID, w.cursor))
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
	clients.each(t, "the token expires twice", expired)
	rest()

	clients.see(t, happenedIn(t, pool, w.storeID), happenedIn(t, pool, ""))
}

// A node that is told to stop sends its subscribers to another one.
func TestClientsGoToAnotherNodeWhenTheirsStops(t *testing.T) {
	t.Parallel()
	database, redisURL := demoDatabase(t, 2), redisServer(t)
	pool := openDemo(t, database)
	first, second := startNode(t, database, redisURL), startNode(t, database, redisURL)
	defer second.end(t)
	line := newProxy(t, first.address())
	w := newWorker(t, second.api, "manager.1")
	clients := follow(t, "http://"+line.address(), "admin", inAllWays(w.storeID, w.cursor))
	work(t, 1, w)
	clients.see(t, happenedIn(t, pool, w.storeID), happenedIn(t, pool, ""))

	line.leadTo(second.address())
	first.end(t)
	work(t, 1, w)

	clients.see(t, happenedIn(t, pool, w.storeID), happenedIn(t, pool, ""))
	clients.each(t, "it is told why", func(of follower, reports []report) bool {
		return slices.ContainsFunc(reports, func(r report) bool {
			return of.Transport == "ws" && r.Closed == 1012 || of.Transport == "sse" && r.Cut
		})
	})
}
