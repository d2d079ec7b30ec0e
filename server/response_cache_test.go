package server_test

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"aisle/auth"
	"aisle/gateway/responsecache"
	"aisle/store"
)

// A cachingServer is a server with a response cache, and implements its dependencies.
type cachingServer struct {
	*testServer

	now      time.Time
	current  time.Duration // how long ago the event log was read to its end
	end      store.Position
	revision store.Position
	modules  []string                  // arguments of the last call of Revision
	changed  map[string]store.Position // positions of modules that changed after the revision
	unseen   uuid.UUID
	viewer   auth.Viewer // the viewer of the associate's token
	scope    auth.Scope
	failing  error // of the scope
	mu       sync.Mutex
	database string
	runs     int // of the resolver
	resolve  func(context.Context) (any, error)
}

// newCachingServer returns a server whose hello field counts the runs of its resolver.
func newCachingServer(tb testing.TB, change ...func(*config)) *cachingServer {
	tb.Helper()
	k := &cachingServer{
		now: time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC), end: store.Position{XID: 10}, revision: store.Position{XID: 10},
		viewer: associate, scope: auth.SystemScope(), database: "a database",
	}
	k.resolve = func(ctx context.Context) (any, error) {
		store.DependencyRecorderFrom(ctx).AddModule("tasks")
		return fmt.Sprintf("run %d", k.runs), nil
	}
	fields := resolvers{"hello": func(ctx context.Context, _ map[string]any) (any, error) {
		k.mu.Lock()
		k.runs++
		k.mu.Unlock()
		return k.resolve(ctx)
	}}
	k.testServer = newTestServer(tb, fields, append([]func(*config){func(c *config) {
		c.Now = func() time.Time { return k.now }
		c.Verify = func(ctx context.Context, token string) (auth.Viewer, error) {
			if token == associateToken {
				return k.viewer, nil
			}
			return verify(ctx, token)
		}
		c.ResponseCache = &responsecache.Config{
			Scopes: k, Log: k, Revisions: k, Writes: k, Modules: store.ModulesWithCompleteEvents[:],
			Name: func() string { return k.database }, Bytes: 1 << 20,
		}
	}}, change...)...)
	k.register(tb, operation{Client: "mobile", Name: "Hello", Document: registeredHello})
	return k
}

// Scope implements responsecache.Scopes.
func (k *cachingServer) Scope(context.Context, auth.Viewer) (auth.Scope, error) {
	return k.scope, k.failing
}

// Position implements responsecache.EventLog.
func (k *cachingServer) Position() store.Position {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.end
}

// CaughtUpAt implements responsecache.EventLog.
func (k *cachingServer) CaughtUpAt() time.Time { return k.now.Add(-k.current) }

// Revision implements responsecache.Revisions.
func (k *cachingServer) Revision(modules []string, _ []uuid.UUID) store.Position {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.modules = modules
	newest := k.revision
	for _, module := range modules {
		if at := k.changed[module]; newest.Before(at) {
			newest = at
		}
	}
	return newest
}

// HasUnreadWrite implements responsecache.WriteTracker.
func (k *cachingServer) HasUnreadWrite(_ context.Context, viewer uuid.UUID) bool {
	return viewer == k.unseen
}

// urlOf returns the URL of a document for GET.
func urlOf(document, variables string) string {
	return "/graphql?" + url.Values{"query": {document}, "variables": {variables}}.Encode()
}

// get sends a GET request with a token and an ETag in If-None-Match. Both may be empty.
func (k *cachingServer) get(token, tag, address string) reply {
	header := map[string]string{"Accept": legacy}
	if token != "" {
		header["Authorization"] = "Bearer " + token
	}
	if tag != "" {
		header["If-None-Match"] = tag
	}
	return k.do(request{method: http.MethodGet, path: address, header: header})
}

// hello sends the registered document as the associate.
func (k *cachingServer) hello(tag string) reply {
	return k.get(associateToken, tag, urlOf(registeredHello, "{}"))
}

func etagOf(a reply) string { return a.header.Get("ETag") }

// bodyOfRun returns the body of the n-th run.
func bodyOfRun(n int) string { return fmt.Sprintf(`{"data":{"hello":"run %d"}}`, n) }

func TestACachedResponseIsUsedWhileTheRevisionIsTheSame(t *testing.T) {
	k := newCachingServer(t)

	first, again := k.hello(""), k.hello("")
	own := k.hello(etagOf(first))

	first.want(t, 200, bodyOfRun(1))
	again.want(t, 200, bodyOfRun(1))
	own.want(t, 304, "")
	if k.runs != 1 || etagOf(first) == "" || etagOf(again) != etagOf(first) || etagOf(own) != etagOf(first) {
		t.Errorf("%d runs, tags %q, %q, %q", k.runs, etagOf(first), etagOf(again), etagOf(own))
	}
	if len(k.modules) != 1 || k.modules[0] != "tasks" {
		t.Errorf("the revision was read for %v", k.modules)
	}
}

func TestAChangeMakesANewResponseWithANewETag(t *testing.T) {
	k := newCachingServer(t)
	first := k.hello("")

	k.revision, k.end = store.Position{XID: 10, Seq: 1}, store.Position{XID: 11}
	second := k.hello(etagOf(first))

	second.want(t, 200, bodyOfRun(2))
	if etagOf(second) == "" || etagOf(second) == etagOf(first) {
		t.Errorf("tags %q, %q", etagOf(first), etagOf(second))
	}
	k.hello(etagOf(second)).want(t, 304, "")
}

func TestResponsesAreCachedByViewerScopeAndOperation(t *testing.T) {
	const document = "query Other($n: String) { hello(name: $n) }"
	plain, token := urlOf(document, `{"n":"a"}`), associateToken
	for name, c := range map[string]struct {
		change  func(k *cachingServer)
		token   string
		address string
	}{
		"another viewer of the role":  {func(k *cachingServer) { k.viewer.EmployeeID = uuid.New() }, token, plain},
		"another session":             {func(k *cachingServer) { k.viewer.SessionID = uuid.New() }, token, plain},
		"another role":                {func(k *cachingServer) { k.viewer.Role = auth.RoleSupervisor }, token, plain},
		"another region":              {func(k *cachingServer) { k.viewer.RegionID = uuid.NullUUID{UUID: uuid.New(), Valid: true} }, token, plain},
		"another scope":               {func(k *cachingServer) { k.scope = auth.Scope{} }, token, plain},
		"another variable":            {func(*cachingServer) {}, token, urlOf(document, `{"n":"b"}`)},
		"another document":            {func(*cachingServer) {}, token, urlOf(document+" ", `{"n":"a"}`)},
		"somebody with another token": {func(*cachingServer) {}, adminToken, plain},
	} {
		k := newCachingServer(t)
		first := k.get(token, "", plain)
		first.want(t, 200, bodyOfRun(1))

		c.change(k)

		k.get(c.token, etagOf(first), c.address).want(t, 200, bodyOfRun(2))
		if k.runs != 2 {
			t.Errorf("%s: %d runs", name, k.runs)
		}
	}
}

func TestAnETagOfAnotherDatabaseOrBuildIsInvalid(t *testing.T) {
	one, other := newCachingServer(t), newCachingServer(t)
	other.database = "another"

	tag := etagOf(one.hello(""))

	other.hello(tag).want(t, 200, bodyOfRun(1))
}

// A restored backup may have the same revision as before. Copies of clients, cached responses and responses in progress are
// invalid all the same.
func TestAReplacedEventLogInvalidatesTheCache(t *testing.T) {
	k := newCachingServer(t)
	tag := etagOf(k.hello(""))
	resolve := k.resolve
	k.database = "restored"
	k.resolve = func(ctx context.Context) (any, error) {
		k.database = "restored again"
		return resolve(ctx)
	}

	k.hello(tag).want(t, 200, bodyOfRun(2)) // began before the change
	k.hello(tag).want(t, 200, bodyOfRun(3))
	k.hello("").want(t, 200, bodyOfRun(3))
}

// Regression test: the ETag did not depend on the ninth module.
func TestAChangeOfAnyOfManyModulesInvalidatesAResponse(t *testing.T) {
	var modules []string
	for i := range 100 {
		modules = append(modules, fmt.Sprintf("module_%02d", i))
	}
	for _, changed := range []string{modules[0], modules[8], modules[63], modules[99]} {
		k := newCachingServer(t, func(c *config) { c.ResponseCache.Modules = modules })
		k.resolve = func(ctx context.Context) (any, error) {
			for _, module := range modules {
				store.DependencyRecorderFrom(ctx).AddModule(module)
			}
			return fmt.Sprintf("run %d", k.runs), nil
		}
		tag := etagOf(k.hello(""))
		k.hello(tag).want(t, 304, "")

		k.changed, k.end = map[string]store.Position{changed: {XID: 11}}, store.Position{XID: 12}

		k.hello(tag).want(t, 200, bodyOfRun(2))
		k.hello("").want(t, 200, bodyOfRun(2))
	}
}

// An ETag is valid on all nodes.
func TestAnyNodeCanValidateAnETag(t *testing.T) {
	one, other := newCachingServer(t), newCachingServer(t)
	tag := etagOf(one.hello(""))

	same := other.hello(tag)
	other.revision, other.end = store.Position{XID: 12}, store.Position{XID: 12}
	changed := other.hello(tag)

	same.want(t, 304, "")
	changed.want(t, 200, bodyOfRun(1))
}

func TestResponsesThatMayChangeUnnoticedAreNotCached(t *testing.T) {
	read := func(ctx context.Context) *store.DependencyRecorder {
		reads := store.DependencyRecorderFrom(ctx)
		reads.AddModule("tasks")
		return reads
	}
	for name, resolve := range map[string]func(k *cachingServer, ctx context.Context) error{
		"an error":                    func(_ *cachingServer, ctx context.Context) error { read(ctx); return errors.New("broken") },
		"a module that tells nothing": func(_ *cachingServer, ctx context.Context) error { read(ctx).AddModule("access"); return nil },
		"rows of nobody knows what":   func(_ *cachingServer, ctx context.Context) error { read(ctx).AddModule(""); return nil },
		"it ends by itself at once": func(k *cachingServer, ctx context.Context) error {
			read(ctx).AddExpiry(k.now.Add(999 * time.Millisecond))
			return nil
		},
		"it has ended": func(k *cachingServer, ctx context.Context) error {
			read(ctx).AddExpiry(k.now.Add(-time.Hour))
			return nil
		},
		"it changed while it was read": func(k *cachingServer, ctx context.Context) error {
			read(ctx)
			k.revision.XID++ // the response may have data from before and after the change
			return nil
		},
	} {
		k := newCachingServer(t)
		k.resolve = func(ctx context.Context) (any, error) { return "hello", resolve(k, ctx) }

		first, again := k.hello(""), k.hello("")

		if etagOf(first) != "" || etagOf(again) != "" || k.runs != 2 {
			t.Errorf("%s: %d runs, tags %q, %q", name, k.runs, etagOf(first), etagOf(again))
		}
	}
}

func TestACachedResponseExpires(t *testing.T) {
	for name, c := range map[string]struct{ ends, lasts time.Duration }{
		"it ends by itself": {2 * time.Second, 2 * time.Second}, "it ends later": {time.Hour, 5 * time.Minute}, "it never ends": {0, 5 * time.Minute},
	} {
		k := newCachingServer(t)
		made := k.now
		k.resolve = func(ctx context.Context) (any, error) {
			if c.ends > 0 {
				store.DependencyRecorderFrom(ctx).AddExpiry(made.Add(c.ends))
			}
			made = made.Add(24 * time.Hour) // so that the next response is cached
			return fmt.Sprintf("run %d", k.runs), nil
		}
		tag := etagOf(k.hello(""))

		k.now = k.now.Add(c.lasts - time.Millisecond)
		before, own := k.hello(""), k.hello(tag)
		k.now = k.now.Add(time.Millisecond)
		after := k.hello(tag)

		before.want(t, 200, bodyOfRun(1))
		own.want(t, 304, "")
		after.want(t, 200, bodyOfRun(2))
		if etagOf(after) == tag {
			t.Errorf("%s: the new response has the ETag of the old one", name)
		}
	}
}

func TestTheCacheIsBypassedWhenItMayBeStale(t *testing.T) {
	for name, c := range map[string]struct {
		change func(k *cachingServer)
		token  string
	}{
		"the log is not current":                        {func(k *cachingServer) { k.current = 5*time.Second + 1 }, associateToken},
		"the viewer changed something that is not read": {func(k *cachingServer) { k.unseen = k.viewer.EmployeeID }, associateToken},
		"a partner": {func(k *cachingServer) { k.viewer = auth.Viewer{PartnerID: uuid.New(), Role: auth.RolePartner} }, associateToken},
		"nobody":    {func(*cachingServer) {}, ""},
	} {
		k := newCachingServer(t)
		tag := etagOf(k.hello(""))
		c.change(k)
		address := urlOf(registeredHello, "{}")

		first, again := k.get(c.token, tag, address), k.get(c.token, tag, address)

		first.want(t, 200, bodyOfRun(2))
		again.want(t, 200, bodyOfRun(3))
		if etagOf(first) != "" {
			t.Errorf("%s: it has the ETag %q", name, etagOf(first))
		}
	}
}

func TestAnErrorOfTheScopeIsAnInternalError(t *testing.T) {
	k := newCachingServer(t)
	k.hello("").want(t, 200, bodyOfRun(1))
	k.failing = errors.New("dial tcp 10.0.0.7:5432: refused")

	got := k.hello("")

	if err := got.onlyError(t); got.status != 500 || err.Extensions.Code != "INTERNAL" || etagOf(got) != "" {
		t.Errorf("%d %s", got.status, got.body)
	}
}

func TestHeadersOfACachedResponse(t *testing.T) {
	k := newCachingServer(t)
	first := k.hello("")
	for name, got := range map[string]reply{"made": first, "cached": k.hello(""), "not changed": k.hello(etagOf(first))} {
		vary := strings.Join(got.header.Values("Vary"), ", ")
		for _, header := range []string{"Authorization", "Accept", "Accept-Encoding"} {
			if !strings.Contains(vary+",", header+",") {
				t.Errorf("%s: Vary: %s", name, vary)
			}
		}
		if got.header.Get("Cache-Control") != "private, no-cache" || !strings.HasPrefix(etagOf(got), `W/"`) {
			t.Errorf("%s: %v", name, got.header)
		}
	}
	for method, want := range map[string]int{http.MethodHead: 405, http.MethodPost: 200} {
		got := k.do(request{
			method: method, path: urlOf(registeredHello, "{}"), body: bodyOf(registeredHello, nil),
			header: map[string]string{"Authorization": "Bearer " + associateToken, "If-None-Match": etagOf(first)},
		})
		if got.status != want || etagOf(got) != "" || got.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d %v", method, got.status, got.header)
		}
	}
}

func TestOnlyIssuedETagsAreValid(t *testing.T) {
	k := newCachingServer(t)
	tag := etagOf(k.hello(""))
	for sent, want := range map[string]int{
		tag: 304, `"a", ` + tag: 304, `W/"x.y.z" ,` + tag + `, "b"`: 304,
		"*": 200, "W/": 200, `W/""`: 200, `W/"..."`: 200, ",,,": 200, "\x00\xff": 200, `"` + strings.Repeat("x", 10_000) + `"`: 200,
		tag[:len(tag)-3] + `AA"`: 200, strings.Replace(tag, `W/"`, `W/"1`, 1): 200, strings.Replace(tag, ".", ".1", 1): 200,
		`W/"-1.0.AAAAAAAAAAAAAAAAAAAAAA"`: 200, `W/"zzzzzzzzzzzz.7.AAAAAAAAAAAAAAAAAAAAAA"`: 200,
	} {
		if got := k.hello(sent); got.status != want {
			t.Errorf("%.60q: %d, want %d", sent, got.status, want)
		}
	}
	if k.runs != 1 {
		t.Errorf("%d runs", k.runs)
	}
}

func TestACachedResponseIsCompressed(t *testing.T) {
	k := newCachingServer(t)
	long := strings.Repeat("x", 10_000)
	k.resolve = func(context.Context) (any, error) { return long, nil }
	k.hello("")

	got := k.do(request{method: http.MethodGet, path: urlOf(registeredHello, "{}"), header: map[string]string{
		"Authorization": "Bearer " + associateToken, "Accept-Encoding": "gzip",
	}})

	if got.header.Get("Content-Encoding") != "gzip" || len(got.body) > 1000 || etagOf(got) == "" {
		t.Fatalf("%d bytes, %v", len(got.body), got.header)
	}
	reader, err := gzip.NewReader(strings.NewReader(got.body))
	if err != nil {
		t.Fatal(err)
	}
	if text, err := io.ReadAll(reader); err != nil || !strings.Contains(string(text), long) || k.runs != 1 {
		t.Errorf("%v, %d runs: %.100s", err, k.runs, text)
	}
}

func TestUnregisteredOperationsPayForCachedResponses(t *testing.T) {
	k := newCachingServer(t, withRateLimits)
	address := urlOf("query Mine { hello }", "{}")
	left := func(a reply) string { return a.header.Get("Ratelimit-Remaining") }

	first, again := k.get(associateToken, "", address), k.get(associateToken, "", address)
	own := k.get(associateToken, etagOf(first), address)
	free := k.hello("")

	again.want(t, 200, bodyOfRun(1))
	own.want(t, 304, "")
	if left(first) != "55" || left(again) != "54" || left(own) != "53" || left(free) != "" {
		t.Errorf("left: %q, %q, %q; registered: %q", left(first), left(again), left(own), left(free))
	}
	for range 53 {
		k.get(associateToken, "", address).want(t, 200, bodyOfRun(1))
	}
	if got := k.get(associateToken, etagOf(first), address); got.status != 429 {
		t.Errorf("a viewer without quota gets %d", got.status)
	}
}

func TestACachedResponseIsLoggedAndCounted(t *testing.T) {
	k := newCachingServer(t)
	tag := etagOf(k.hello(""))
	k.hello("")
	*k.log = buffer{}

	k.hello(tag)

	line := k.log.line(t, "operation")
	if line["operation"] != "Hello" || line["type"] != "query" || line["registered"] != true || line["status"] != 304.0 ||
		line["sql_statements"] != 0.0 || line["bytes"] != 0.0 || line["viewer"] != associate.EmployeeID.String() {
		t.Errorf("%v", line)
	}
	figures := scrape(t, k.testServer)
	for _, want := range []string{
		`aisle_response_cache_requests_total{result="miss"} 1`, `aisle_response_cache_requests_total{result="hit"} 1`,
		`aisle_response_cache_requests_total{result="not_modified"} 1`,
		`aisle_graphql_operation_duration_seconds_count{operation="Hello",type="query"} 3`,
	} {
		if !strings.Contains(figures, want+"\n") {
			t.Errorf("the metrics do not have %s", want)
		}
	}
}
