package system_test

import (
	"context"
	"io"
	"maps"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"

	"aisle/app/localpg/pgtest"
)

// replicaMetrics matches the metrics that only a node with replicas has.
var replicaMetrics = regexp.MustCompile(`^aisle_replica_`)

// constantMetrics are the metrics that need not change during the test.
var constantMetrics = []string{
	"aisle_build_info", "aisle_ready", "aisle_component_up", "aisle_component_restarts_total", "aisle_component_panics_total", "aisle_pool_connections", "aisle_pool_connections_max", "aisle_entity_cache_evictions_total",
	"process_max_fds", "process_open_fds", "go_gc_duration_seconds_sum", "go_goroutines", "up",
}

// deprecatedUses is a metric that exists only if the schema has deprecated fields.
const deprecatedUses = "aisle_graphql_deprecated_uses_total"

var metricName = regexp.MustCompile(`\b(?:aisle|process|go)_[a-z0-9_]+`)

// metricsIn returns the names of the metrics in a query.
func metricsIn(query string) []string {
	return slices.DeleteFunc(metricName.FindAllString(query, -1), func(name string) bool { return name == "go_version" }) // a label
}

// metricSeries scrapes a node and returns the value of each series, by metric and series.
func (p *serveProcess) metricSeries(t *testing.T) map[string]map[string]string {
	t.Helper()
	text := p.metrics(t)
	all := map[string]map[string]string{}
	for line := range strings.Lines(text) {
		series, value, ok := strings.Cut(strings.TrimSpace(line), "} ")
		if !ok {
			series, value, ok = strings.Cut(strings.TrimSpace(line), " ")
		}
		name := metricName.FindString(series)
		if !ok || !strings.HasPrefix(series, name) || name == "" {
			continue
		}
		if all[name] == nil {
			all[name] = map[string]string{}
		}
		all[name][series] = value
	}
	return all
}

// traffic sends requests of employees and of a partner to a node, so that each metric of the dashboards has values.
type traffic struct {
	node    *serveProcess
	store   *worker
	partner *partnerSystem
	first   homeResponse
}

func newTraffic(t *testing.T, node *serveProcess) *traffic {
	t.Helper()
	d := &traffic{node: node, store: newWorker(t, node.api, "supervisor.1"), partner: &partnerSystem{url: node.api, id: "demo-partner", secret: demoPassword}}
	d.store.client.Transport = namedClient{d.store.client.Transport, "mobile", "4.2.0+77"}
	if got := d.partner.signIn(t, true); got != http.StatusOK {
		t.Fatalf("the partner cannot sign in: %d", got)
	}
	return d
}

// namedClient sends the client name and version headers with each request.
type namedClient struct {
	http.RoundTripper

	name, version string
}

func (n namedClient) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Apollographql-Client-Name", n.name)
	r.Header.Set("Apollographql-Client-Version", n.version)
	return n.RoundTripper.RoundTrip(r)
}

// send sends each kind of request.
func (d *traffic) send(t *testing.T) {
	t.Helper()
	var crowd errgroup.Group
	for range 8 { // more than database connections
		crowd.Go(func() error {
			var data map[string]any
			return d.store.send(t.Context(), document("MobileHome"), input{"first": 100}, &data)
		})
	}
	if err := crowd.Wait(); err != nil {
		t.Fatal(err)
	}
	made, err := d.store.change(t.Context(), "CreateTasks", withIdempotencyKey(input{"tasks": []input{d.store.task("watched")}}))
	if err != nil || len(made.Tasks) != 1 {
		t.Fatal(made, err)
	}
	if _, err := d.store.change(t.Context(), "StartTask", withIdempotencyKey(input{"taskId": made.Tasks[0].ID})); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a cache miss, then a 304", func() bool { // nothing is cached for the viewer until the node has read its writes
		got, err := d.store.home(t.Context(), d.node, d.first.etag)
		if err != nil {
			t.Fatal(err)
		}
		if got.status == http.StatusOK {
			d.first = got
		}
		return got.status == http.StatusNotModified
	})
	d.node.ask(t, d.store.token, "{ nothing }")
	d.node.ask(t, d.store.token, "query Deep "+strings.Repeat("{ viewer { store ", 20)+"{ id }"+strings.Repeat("} }", 20)) // exceeds the depth limit
}

func TestDashboardAndAlertQueriesReturnData(t *testing.T) {
	t.Parallel()
	program(t, "prometheus")
	redis := startRedis(t)
	databaseURL := pgtest.New(t)
	if code, _, notes := run(t, "seed", "--stores", "2", "--database-url", databaseURL); code != 0 {
		t.Fatal(notes)
	}
	// The on-time ratio is that of the last 24 hours. What the demo chain has of them depends on the time of day.
	pool := openPool(t, databaseURL)
	if _, err := pool.Exec(t.Context(), "UPDATE kpis.task SET completed_at = now() - interval '1 hour' WHERE completed_at IS NOT NULL"); err != nil {
		t.Fatal(err)
	}
	pool.Close()
	node := startNode(t, databaseURL, redis.url(), "AISLE_DATABASE_MAX_CONNS=2", "AISLE_ADDRESS_RATE_LIMIT=0")
	defer node.stop(t)
	before := node.metricSeries(t)
	p := startPrometheus(t, node)
	d := newTraffic(t, node)
	events := d.partner.follow(t)

	d.send(t)
	next(t, events)
	eventually(t, "Prometheus has scraped the requests three times", func() bool {
		n, err := p.results(t, `count_over_time(aisle_client_requests_total{client="mobile",version="4.2.0"}[1m]) >= 3`)
		return err == nil && n > 0
	})

	panels := queries(dashboards(t))
	for _, panel := range slices.Sorted(maps.Keys(panels)) {
		query := panels[panel]
		n, err := p.results(t, query)
		if err != nil {
			t.Errorf("%s: %v in %s", panel, err, query)
		}
		if n == 0 && !slices.ContainsFunc(metricsIn(query), isOptional) {
			t.Errorf("%s: no result for %s", panel, query)
		}
	}
	for _, r := range p.rules(t) {
		if r.Health != "ok" {
			t.Errorf("the alert %s is %s: %s", r.Name, r.Health, r.LastError)
		}
		panels["the alert "+r.Name] = r.Query
	}
	if len(panels) < 70 {
		t.Errorf("only %d queries were run", len(panels))
	}

	redis.kill()
	var after map[string]map[string]string
	eventually(t, "the node reports that Redis is down", func() bool {
		d.node.ask(t, d.store.token, "{ viewer { displayName } }")
		after = node.metricSeries(t)
		return after["aisle_redis_up"]["aisle_redis_up"] == "0"
	})
	for _, panel := range slices.Sorted(maps.Keys(panels)) {
		for _, name := range metricsIn(panels[panel]) {
			switch {
			case isOptional(name):
			case after[name] == nil:
				t.Errorf("%s: the node does not export %s", panel, name)
			case !slices.Contains(constantMetrics, name) && maps.Equal(before[name], after[name]):
				t.Errorf("%s: %s does not change", panel, name)
			}
		}
	}
	if got, err := strconv.ParseFloat(after["aisle_pool_waits_total"][`aisle_pool_waits_total{pool="primary"`], 64); err != nil || got == 0 {
		t.Errorf("no request waited for a connection: %v, %v", got, err)
	}
}

// isOptional reports whether a node may lack a metric.
func isOptional(name string) bool {
	return replicaMetrics.MatchString(name) || name == deprecatedUses && !deprecates()
}

// deprecates reports whether the schema has a deprecated field.
func deprecates() bool {
	files, err := os.ReadDir("../../graph")
	if err != nil {
		return true
	}
	for _, file := range files {
		text, err := os.ReadFile("../../graph/" + file.Name())
		if err == nil && strings.HasSuffix(file.Name(), ".graphqls") && strings.Contains(string(text), "@deprecated") {
			return true
		}
	}
	return false
}

// getBody returns the body of a GET request.
func (p *serveProcess) getBody(t *testing.T, address string) []byte {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), prometheusTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return body
}
