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

// awaited are the metrics that the dashboards show and only a node with replicas has.
var awaited = regexp.MustCompile(`^aisle_replica_`)

// steady are the metrics of which a test cannot see more than that they are there, as what is set and what the runtime does by
// itself.
var steady = []string{
	"aisle_build_info", "aisle_ready", "aisle_component_up", "aisle_component_restarts_total", "aisle_component_panics_total", "aisle_pool_connections", "aisle_pool_connections_max", "aisle_entity_cache_evictions_total",
	"process_max_fds", "process_open_fds", "go_gc_duration_seconds_sum", "go_goroutines", "up",
}

// inSchema are the metrics that are there when the schema has something deprecated; server's tests have such a schema.
const inSchema = "aisle_graphql_deprecated_uses_total"

var metricName = regexp.MustCompile(`\b(?:aisle|process|go)_[a-z0-9_]+`)

// metricsIn are the metrics that a query names.
func metricsIn(query string) []string {
	return slices.DeleteFunc(metricName.FindAllString(query, -1), func(name string) bool { return name == "go_version" }) // a label
}

// looked are the metrics that a node says, each with its series and their values.
func (p *serveProcess) looked(t *testing.T) map[string]map[string]string {
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

// traffic is what people and programs do with a node, all that dashboards show.
type traffic struct {
	node    *serveProcess
	store   *worker
	partner *partnerSystem
	first   home
}

func newTraffic(t *testing.T, node *serveProcess) *traffic {
	t.Helper()
	d := &traffic{node: node, store: newWorker(t, node.api, "supervisor.1"), partner: &partnerSystem{url: node.api, id: "demo-partner", secret: demoPassword}}
	d.store.client.Transport = named{d.store.client.Transport, "mobile", "4.2.0+77"}
	if got := d.partner.signIn(t, true); got != http.StatusOK {
		t.Fatalf("the partner cannot sign in: %d", got)
	}
	return d
}

// named is a client that says who it is.
type named struct {
	http.RoundTripper

	name, version string
}

func (n named) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Apollographql-Client-Name", n.name)
	r.Header.Set("Apollographql-Client-Version", n.version)
	return n.RoundTripper.RoundTrip(r)
}

// flow does all of it once.
func (d *traffic) flow(t *testing.T) {
	t.Helper()
	var crowd errgroup.Group
	for range 8 { // more than there are connections
		crowd.Go(func() error {
			var data map[string]any
			return d.store.send(t.Context(), document("MobileHome"), input{"first": 100}, &data)
		})
	}
	if err := crowd.Wait(); err != nil {
		t.Fatal(err)
	}
	made, err := d.store.change(t.Context(), "CreateTasks", keyed(input{"tasks": []input{d.store.task("watched")}}))
	if err != nil || len(made.Tasks) != 1 {
		t.Fatal(made, err)
	}
	if _, err := d.store.change(t.Context(), "StartTask", keyed(input{"taskId": made.Tasks[0].ID})); err != nil {
		t.Fatal(err)
	}
	for range 3 { // made, from memory, and the client's own
		got, err := d.store.home(t.Context(), d.node, d.first.tag)
		if err != nil {
			t.Fatal(err)
		}
		if got.tag != "" && d.first.tag == "" || got.status == http.StatusOK {
			d.first = got
		}
	}
	d.node.ask(t, d.store.token, "{ nothing }")
	d.node.ask(t, d.store.token, "query Deep "+strings.Repeat("{ viewer { store ", 20)+"{ id }"+strings.Repeat("} }", 20)) // too deep
}

func TestMonitoringSeesWhatANodeDoes(t *testing.T) {
	t.Parallel()
	program(t, "prometheus")
	redis := startRedis(t)
	databaseURL := pgtest.New(t)
	// A dashboard shows tasks completed today, which demoDatabase has not.
	if code, _, notes := run(t, "seed", "--stores", "2", "--database-url", databaseURL); code != 0 {
		t.Fatal(notes)
	}
	node := startNode(t, databaseURL, redis.url(), "AISLE_DATABASE_MAX_CONNS=2", "AISLE_ADDRESS_RATE_LIMIT=0")
	defer node.end(t)
	before := node.looked(t)
	p := startPrometheus(t, node)
	d := newTraffic(t, node)
	events := d.partner.follow(t)

	d.flow(t)
	next(t, events)
	eventually(t, "Prometheus has seen what happened a few times", func() bool {
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
		if n == 0 && !slices.ContainsFunc(metricsIn(query), isAwaited) {
			t.Errorf("%s: nothing for %s", panel, query)
		}
	}
	for _, r := range p.rules(t) {
		if r.Health != "ok" {
			t.Errorf("the alert %s is %s: %s", r.Name, r.Health, r.LastError)
		}
		panels["the alert "+r.Name] = r.Query
	}
	if len(panels) < 70 {
		t.Errorf("only %d queries were tried", len(panels))
	}

	redis.kill()
	var after map[string]map[string]string
	eventually(t, "the node leaves Redis alone", func() bool {
		d.node.ask(t, d.store.token, "{ viewer { displayName } }")
		after = node.looked(t)
		return after["aisle_redis_up"]["aisle_redis_up"] == "0"
	})
	for _, panel := range slices.Sorted(maps.Keys(panels)) {
		for _, name := range metricsIn(panels[panel]) {
			switch {
			case isAwaited(name):
			case after[name] == nil:
				t.Errorf("%s: no node says %s", panel, name)
			case !slices.Contains(steady, name) && maps.Equal(before[name], after[name]):
				t.Errorf("%s: %s does not move", panel, name)
			}
		}
	}
	if got, err := strconv.ParseFloat(after["aisle_pool_waits_total"][`aisle_pool_waits_total{pool="primary"`], 64); err != nil || got == 0 {
		t.Errorf("nobody waited for a connection: %v, %v", got, err)
	}
}

// isAwaited says whether a metric need not be there.
func isAwaited(name string) bool {
	return awaited.MatchString(name) || name == inSchema && !deprecates()
}

// deprecates says whether the schema has something that is deprecated.
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

// read is the body at an address.
func (p *serveProcess) read(t *testing.T, address string) []byte {
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
