package server_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/graph"
	"aisle/store"
)

// colleagues is the number of employees of the store.
const colleagues = 15

// A busyStore is a server for concurrent requests of colleagues, in a synctest bubble.
type busyStore struct {
	*cachingServer

	beforeRender  func(ctx context.Context, n int) // called before the n-th render; may be nil
	readsIdentity bool                             // the fragment reads the identity of the viewer
	renders       int

	asking sync.WaitGroup
	got    [colleagues]reply
}

func newBusyStore(t *testing.T) *busyStore {
	t.Helper()
	k := &busyStore{}
	k.cachingServer = newCachingServer(t, func(c *config) {
		c.ResponseCache.Fragments = trackedIdentity{}
		c.Verify = func(_ context.Context, token string) (auth.Viewer, error) {
			v := associate
			v.EmployeeID = uuid.NewSHA1(uuid.Nil, []byte(token))
			return v, nil
		}
	})
	k.resolve = func(ctx context.Context) (any, error) {
		store.DependencyRecorderFrom(ctx).AddModule("staff")
		name := auth.ViewerFromContext(ctx).EmployeeID
		return fmt.Sprintf("%s, %s", name, graph.GetFragmentCache(ctx).Render(ctx, "hello.part", k.renderFragment)), ctx.Err() // as a database query does
	}
	return k
}

func (k *busyStore) renderFragment(ctx context.Context) []byte {
	store.DependencyRecorderFrom(ctx).AddModule("tasks")
	k.mu.Lock()
	k.renders++
	n := k.renders
	k.mu.Unlock()
	if k.readsIdentity {
		auth.ViewerFromContext(ctx)
	}
	if k.beforeRender != nil {
		k.beforeRender(ctx, n)
	}
	return fmt.Appendf(nil, "part %d", n)
}

// ask sends a request of the i-th colleague, and returns when it has a response or is blocked.
func (k *busyStore) ask(ctx context.Context, i int) {
	k.asking.Go(func() {
		k.got[i] = k.doWith(ctx, request{method: http.MethodGet, path: urlOf(registeredHello, "{}"), header: map[string]string{
			"Accept": legacy, "Authorization": "Bearer " + token(i),
		}})
	})
	synctest.Wait()
}

func token(i int) string { return fmt.Sprint("colleague-", i) }

// want checks that the response of the i-th colleague has the employee id and the n-th rendered fragment.
func (k *busyStore) want(t *testing.T, i, part int) {
	t.Helper()
	name := uuid.NewSHA1(uuid.Nil, []byte(token(i)))
	k.got[i].want(t, 200, fmt.Sprintf(`{"data":{"hello":"%s, part %d"}}`, name, part))
}

// setChanged adds an event of a module at the position.
func (k *busyStore) setChanged(module string, at int64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.changed, k.end = map[string]store.Position{module: {XID: at}}, store.Position{XID: at + 1}
}

// held returns a function that blocks until open is called or its context ends.
func held() (hold func(ctx context.Context, n int), open func()) {
	opened := make(chan struct{})
	return func(ctx context.Context, _ int) {
		select {
		case <-opened:
		case <-ctx.Done():
		}
	}, func() { close(opened) }
}

func TestConcurrentRequestsShareOneFragment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newBusyStore(t)
		hold, open := held()
		k.beforeRender = hold
		for i := range colleagues {
			k.ask(t.Context(), i)
		}

		open()
		k.asking.Wait()

		for i := range colleagues {
			k.want(t, i, 1)
		}
		if k.renders != 1 || k.runs != colleagues {
			t.Errorf("%d runs rendered %d fragments", k.runs, k.renders)
		}
	})
}

// Only the fragment of the cached responses is outdated.
func TestAChangedFragmentIsMadeOnceForAllWaitingRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newBusyStore(t)
		for i := range colleagues {
			k.ask(t.Context(), i)
		}
		k.setChanged("tasks", 11)
		hold, open := held()
		k.beforeRender = hold
		for i := range colleagues {
			k.ask(t.Context(), i)
		}

		open()
		k.asking.Wait()

		for i := range colleagues {
			k.want(t, i, 2)
		}
		if k.renders != 2 || k.runs != colleagues+1 {
			t.Errorf("%d runs rendered %d fragments", k.runs, k.renders)
		}
		figures := scrape(t, k.testServer)
		for result, want := range map[string]int{"miss": 2, "fragment_hit": colleagues - 1, "hit": colleagues - 1} {
			if line := fmt.Sprintf("aisle_response_cache_requests_total{result=%q} %d\n", result, want); !strings.Contains(figures, line) {
				t.Errorf("the metrics do not have %s", line)
			}
		}
	})
}

func TestACanceledRequestLeavesItsFragmentToAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newBusyStore(t)
		hold, open := held()
		k.beforeRender = hold
		ctx, leave := context.WithCancel(t.Context())
		k.ask(ctx, 0)
		for i := range colleagues - 1 {
			k.ask(t.Context(), i+1)
		}

		leave()
		synctest.Wait()
		open()
		k.asking.Wait()

		for i := range colleagues - 1 {
			k.want(t, i+1, 2)
		}
		if k.renders != 2 {
			t.Errorf("%d fragments were rendered", k.renders)
		}
	})
}

func TestAWaitingRequestMakesAFragmentThatFailed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newBusyStore(t)
		hold, open := held()
		k.beforeRender = func(ctx context.Context, n int) {
			hold(ctx, n)
			if n == 1 {
				panic("it broke")
			}
		}
		k.ask(t.Context(), 0)
		k.ask(t.Context(), 1)

		open()
		k.asking.Wait()

		if err := k.got[0].onlyError(t); err.Extensions.Code != "INTERNAL" {
			t.Errorf("the request that rendered it got %s", k.got[0].body)
		}
		k.want(t, 1, 2)
	})
}

func TestAWaitingRequestMakesAFragmentThatTakesTooLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newBusyStore(t)
		k.beforeRender = func(ctx context.Context, n int) {
			if n == 1 {
				<-ctx.Done()
			}
		}
		k.ask(t.Context(), 0)
		k.ask(t.Context(), 1)

		k.asking.Wait()

		k.want(t, 1, 2)
	})
}

func TestACanceledRequestStopsWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newBusyStore(t)
		hold, open := held()
		k.beforeRender = hold
		k.ask(t.Context(), 0)
		ctx, leave := context.WithCancel(t.Context())
		k.ask(ctx, 1)

		leave()
		synctest.Wait()
		left := k.got[1].status
		open()
		k.asking.Wait()

		k.want(t, 0, 1)
		if left == 0 {
			t.Error("the canceled request still waits")
		}
	})
}

func TestAFragmentThatReadsTheIdentityIsMadeByEachRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newBusyStore(t)
		k.readsIdentity = true
		hold, open := held()
		k.beforeRender = hold
		for i := range colleagues {
			k.ask(t.Context(), i)
		}

		open()
		k.asking.Wait()

		if k.renders != colleagues {
			t.Errorf("%d fragments were rendered", k.renders)
		}
	})
}

func TestAFragmentBegunBeforeAnEventIsNotForLaterRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newBusyStore(t)
		hold, open := held()
		k.beforeRender = hold
		k.ask(t.Context(), 0)
		k.setChanged("tasks", 11)
		for i := range colleagues - 1 {
			k.ask(t.Context(), i+1)
		}

		open()
		k.asking.Wait()

		k.want(t, 0, 1)
		for i := range colleagues - 1 {
			k.want(t, i+1, 2)
		}
		if k.renders != 2 {
			t.Errorf("%d fragments were rendered", k.renders)
		}
	})
}
