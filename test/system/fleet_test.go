package system_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"aisle/app/localpg/pgtest"
)

// fleetStatus has the fields of SystemStatus.
type fleetStatus struct {
	Version   string
	Instances []nodeStatus
	Database  struct {
		Primary  struct{ IsHealthy bool }
		Replicas []struct{ IsHealthy bool }
	}
	Cache         struct{ IsHealthy bool }
	Queues        []struct{ Name string }
	Subscriptions *struct{ Connections, Active int }
}

type nodeStatus struct {
	ID, StartedAt string
	Roles         []string
	Components    []componentStatus
}

type componentStatus struct {
	Name, State string
	Restarts    int
	LastError   *string
}

// component returns the component of a name, or the zero value.
func (n nodeStatus) component(name string) componentStatus {
	i := slices.IndexFunc(n.Components, func(c componentStatus) bool { return c.Name == name })
	if i < 0 {
		return componentStatus{}
	}
	return n.Components[i]
}

func (n nodeStatus) names() []string {
	var names []string
	for _, c := range n.Components {
		names = append(names, c.Name)
	}
	return names
}

// allRunning reports whether all components run.
func (n nodeStatus) allRunning() bool {
	return len(n.Components) > 0 && !slices.ContainsFunc(n.Components, func(c componentStatus) bool { return c.State != "RUNNING" })
}

// waitForStatus sends SystemStatus until the result meets the condition.
func waitForStatus(t *testing.T, admin *caller, what string, is func(fleetStatus) bool) fleetStatus {
	t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(time.Minute)
	for {
		var data struct{ System fleetStatus }
		err := admin.send(t.Context(), document("SystemStatus"), nil, &data)
		if err == nil && is(data.System) {
			return data.System
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("%s: %+v %v", what, data.System, err)
		}
	}
}

func allNodesRunning(nodes int) func(fleetStatus) bool {
	return func(s fleetStatus) bool {
		return len(s.Instances) == nodes && !slices.ContainsFunc(s.Instances, func(n nodeStatus) bool { return !n.allRunning() })
	}
}

// signInAdmin signs the admin of the demo chain in.
func signInAdmin(t *testing.T, url string) *caller {
	t.Helper()
	c := newCaller(t, url, "admin")
	if err := c.signIn(t.Context()); err != nil {
		t.Fatal(err)
	}
	return c
}

const restartDocument = `mutation($instanceId: ID!, $component: String!) {
	restartComponent(input: {instanceId: $instanceId, component: $component}) { instance { id } component { name } userErrors { code message field } } }`

// restart restarts a component, and returns the messages of user errors.
func restart(t *testing.T, admin *caller, nodeID, component string) []string {
	t.Helper()
	var data struct {
		RestartComponent struct {
			UserErrors []struct{ Code, Message string }
		}
	}
	if err := admin.retry(t.Context(), restartDocument, input{"instanceId": nodeID, "component": component}, &data); err != nil {
		t.Fatal(err)
	}
	var wrong []string
	for _, e := range data.RestartComponent.UserErrors {
		wrong = append(wrong, e.Code+": "+e.Message)
	}
	return wrong
}

// metrics returns the Prometheus metrics of a node.
func (p *serveProcess) metrics(t *testing.T) string {
	t.Helper()
	return string(p.getBody(t, p.admin+"/metrics"))
}

func TestRestartOfAComponentOfAnotherNode(t *testing.T) {
	t.Parallel()
	databaseURL, redisURL := demoDatabase(t, 1), redisServer(t)
	here := startNode(t, databaseURL, redisURL)
	defer here.stop(t)
	admin := signInAdmin(t, here.api)
	first := waitForStatus(t, admin, "the first node", allNodesRunning(1)).Instances[0]
	there := startNode(t, databaseURL, redisURL)
	before := waitForStatus(t, admin, "two nodes", allNodesRunning(2))
	second := before.Instances[1]
	if before.Instances[0].ID != first.ID || !before.Database.Primary.IsHealthy || !before.Cache.IsHealthy || before.Subscriptions == nil {
		t.Errorf("got %+v", before)
	}

	for _, component := range []string{"tailer", "api"} { // the API closes its port and opens it again
		if wrong := restart(t, admin, second.ID, component); wrong != nil {
			t.Fatal(wrong)
		}
	}
	after := waitForStatus(t, admin, "the restart", func(s fleetStatus) bool {
		return allNodesRunning(2)(s) && s.Instances[1].component("tailer").Restarts == 1 && s.Instances[1].component("api").Restarts == 1
	})

	for i, node := range after.Instances {
		if node.ID != before.Instances[i].ID {
			t.Errorf("another node: %s", node.ID)
		}
		for _, c := range node.Components {
			if restarted := i == 1 && (c.Name == "tailer" || c.Name == "api"); !restarted && c.Restarts != 0 {
				t.Errorf("%s of node %d was also restarted", c.Name, i)
			}
		}
	}
	if got := status(t, there.api+"/readyz"); got != http.StatusOK {
		t.Errorf("the API does not listen after its restart: status %d", got)
	}
	figures := there.metrics(t)
	for _, line := range []string{
		`aisle_component_restarts_total{component="tailer"} 1`, `aisle_component_restarts_total{component="partition-maintainer"} 0`,
		`aisle_component_up{component="tailer"} 1`, `aisle_component_panics_total{component="tailer"} 0`,
	} {
		if !strings.Contains(figures, line) {
			t.Errorf("the metrics do not have %s", line)
		}
	}
	wrong := append(restart(t, admin, second.ID, "cellar"), restart(t, admin, "instance_01h455vb4pex5vsknk084sn02q", "api")...)
	if len(wrong) != 2 || wrong[0] != `NOT_FOUND: The instance has no component "cellar". Its components are: `+strings.Join(second.names(), ", ")+"." ||
		!strings.HasPrefix(wrong[1], "NOT_FOUND: There is no instance with this id. The instances are: "+first.ID) {
		t.Errorf("got %q", wrong)
	}
	there.stop(t)
	waitForStatus(t, admin, "the one that ended well is gone at once", allNodesRunning(1))
}

func TestRolesSelectComponents(t *testing.T) {
	t.Parallel()
	databaseURL, redisURL := demoDatabase(t, 1), redisServer(t)
	api := startNode(t, databaseURL, redisURL, "AISLE_ROLES=api,events")
	defer api.stop(t)
	jobs := startNode(t, databaseURL, redisURL, "AISLE_ROLES=jobs", "AISLE_REPLICA_URLS=postgres://aisle@127.0.0.1:1/aisle")
	defer jobs.stop(t)

	nodes := waitForStatus(t, signInAdmin(t, api.api), "two nodes", allNodesRunning(2)).Instances

	if got := strings.Join(nodes[0].Roles, " "); got != "api events" || nodes[0].component("tailer").Name == "" {
		t.Errorf("the api node has the roles %s and the components %v", got, nodes[0].names())
	}
	if got := strings.Join(nodes[1].Roles, " "); got != "jobs" || nodes[1].component("api").Name != "" || nodes[1].component("tailer").Name != "" {
		t.Errorf("the jobs node has the roles %s and the components %v", got, nodes[1].names())
	}
	if nodes[1].component("replica-monitor").Name == "" {
		t.Errorf("no component of the jobs node follows the primary: %v", nodes[1].names())
	}
	if figures := jobs.metrics(t); strings.Contains(figures, "aisle_replica_up") { // it would stay 0 and fire an alert
		t.Error("the jobs node, which reads from no replica, exports aisle_replica_up")
	}
	for path, want := range map[string]int{"/livez": 200, "/readyz": 200, "/metrics": 200} {
		if got := status(t, jobs.admin+path); got != want {
			t.Errorf("%s of the jobs node: status %d", path, got)
		}
	}
}

// Components keep running during an outage of the database. Afterwards the registry has the same nodes.
func TestNodesSurviveADatabaseOutage(t *testing.T) {
	t.Parallel()
	postgres := startDurablePostgres(t)
	databaseURL := postgres.url.String()
	if code, _, notes := run(t, "migrate", "up", "--database-url", databaseURL); code != 0 {
		t.Fatal(notes)
	}
	if err := fillDemo(t.Context(), databaseURL, 1); err != nil {
		t.Fatal(err)
	}
	node := startNode(t, databaseURL, redisServer(t))
	defer node.stop(t)
	admin := signInAdmin(t, node.api)
	before := waitForStatus(t, admin, "the node", allNodesRunning(1)).Instances[0]

	postgres.stop(t)
	var away struct {
		Data struct{ System fleetStatus }
	}
	statusDuringOutage(t, admin, &away)
	if away.Data.System.Database.Primary.IsHealthy || away.Data.System.Version == "" || !away.Data.System.Cache.IsHealthy {
		t.Errorf("during the outage: %+v", away.Data.System)
	}
	postgres.start(t)

	after := waitForStatus(t, admin, "the node again", allNodesRunning(1)).Instances[0]
	if after.ID != before.ID || after.StartedAt != before.StartedAt {
		t.Errorf("the node has another id: %+v", after)
	}
	for _, c := range after.Components {
		if c.Restarts != 0 {
			t.Errorf("%s was restarted: %v", c.Name, c.LastError)
		}
	}
}

func TestNodeDoesNotStartWithTooManyConnections(t *testing.T) {
	t.Setenv("AISLE_DATABASE_MAX_CONNS", "1000")

	code, _, notes := run(t, "serve", "--database-url", pgtest.New(t), "--redis-url", "redis://127.0.0.1:1", "--secret", testSecret,
		"--addr", "127.0.0.1:0", "--admin-addr", "127.0.0.1:0")

	if code != 1 || !strings.Contains(notes, "this node cannot reserve 1000 connections to PostgreSQL") ||
		!strings.Contains(notes, "max_connections") || !strings.Contains(notes, "AISLE_DATABASE_MAX_CONNS") {
		t.Errorf("status %d: %s", code, notes)
	}
}

// statusDuringOutage sends SystemStatus. The response may have errors.
func statusDuringOutage(t *testing.T, admin *caller, into any) {
	t.Helper()
	text, err := admin.post(t.Context(), document("SystemStatus"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
}
