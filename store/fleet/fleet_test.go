package fleet

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"aisle/app/localpg/pgtest"
	"aisle/auth"
	"aisle/store"
	"aisle/store/postgres"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// testTimeout bounds each wait of a test.
const testTimeout = 30 * time.Second

// A registry is the node registry of a database.
type registry struct {
	*Service

	url  string
	pool *postgres.Pool
}

func newRegistry(t *testing.T) *registry {
	t.Helper()
	url := pgtest.New(t)
	pool := open(t, url)
	return &registry{NewService(pool), url, pool}
}

func open(t *testing.T, url string) *postgres.Pool {
	t.Helper()
	pool, err := postgres.Open(t.Context(), url, postgres.Options{MaxConns: 3})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool
}

// A testNode is a node with two components.
type testNode struct {
	*Heartbeat

	draining atomic.Bool
	restarts chan string // components that were to be restarted
}

func (c *registry) newNode(t *testing.T, host string, connections int32) *testNode {
	t.Helper()
	p := &testNode{restarts: make(chan string, 10)}
	failed := "connection refused"
	p.Heartbeat = NewHeartbeat(HeartbeatConfig{
		Pool: c.pool, BehindPooler: c.pool.BehindPooler(), Log: slog.New(slog.DiscardHandler), Now: time.Now,
		Node: Node{Host: host, Roles: []string{"api", "jobs"}, Version: "1.2.3", Connections: connections},
		Status: func() NodeStatus {
			return NodeStatus{Draining: p.draining.Load(), Streams: 2, Subscriptions: 3, Components: []Component{
				{Name: "api", State: "RUNNING"}, {Name: "tailer", State: "BACKING_OFF", Restarts: 4, LastError: &failed},
			}}
		},
		Restart: func(component string) error { p.restarts <- component; return nil },
	})
	return p
}

// run runs the heartbeat until the test ends, or stop is called.
func (p *testNode) run(t *testing.T) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- p.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(stop)
	return stop
}

// nodes returns the nodes in the registry.
func (c *registry) nodes(t *testing.T) []Node {
	t.Helper()
	nodes, err := c.ListNodes(t.Context(), auth.SystemScope())
	if err != nil {
		t.Fatal(err)
	}
	return nodes
}

// waitUntil waits for a condition of the registry.
func (c *registry) waitUntil(t *testing.T, description string, condition func([]Node) bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(testTimeout)
	for {
		nodes, err := c.ListNodes(t.Context(), auth.SystemScope())
		if err == nil && condition(nodes) {
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("%s: %+v %v", description, nodes, err)
		}
	}
}

// age moves a node's last heartbeat into the past.
func (c *registry) age(t *testing.T, p *testNode, d time.Duration) {
	t.Helper()
	if _, err := c.pool.Exec(t.Context(), "UPDATE fleet.node SET seen_at = now() - $2::interval WHERE id = $1", p.ID(), d); err != nil {
		t.Fatal(err)
	}
}

func (c *registry) register(t *testing.T, p *testNode) {
	t.Helper()
	if err := p.Register(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestRunWritesTheStatus(t *testing.T) {
	t.Parallel()
	c := newRegistry(t)
	p := c.newNode(t, "one", 5)
	c.register(t, p)
	p.run(t)

	c.waitUntil(t, "its components", func(nodes []Node) bool { return len(nodes) == 1 && len(nodes[0].Components) > 0 })

	got := c.nodes(t)[0]
	failed := "connection refused"
	want := Node{
		ID: p.ID(), Host: "one", Roles: []string{"api", "jobs"}, Version: "1.2.3", Connections: 5, Streams: 2, Subscriptions: 3,
		Components: []Component{{Name: "api", State: "RUNNING"}, {Name: "tailer", State: "BACKING_OFF", Restarts: 4, LastError: &failed}},
		StartedAt:  got.StartedAt, SeenAt: got.SeenAt,
	}
	if diff := cmp.Diff(want, got); diff != "" || time.Since(got.StartedAt) > testTimeout {
		t.Errorf("started at %s: %s", got.StartedAt, diff)
	}
}

func TestDrainingNodeIsShownAndDeregisters(t *testing.T) {
	t.Parallel()
	c := newRegistry(t)
	p := c.newNode(t, "one", 5)
	c.register(t, p)
	p.run(t)

	p.draining.Store(true)
	c.waitUntil(t, "the node drains", func(nodes []Node) bool { return len(nodes) == 1 && nodes[0].Draining })
	leaving := c.newNode(t, "two", 5)
	c.register(t, leaving)
	if err := leaving.Deregister(t.Context()); err != nil {
		t.Fatal(err)
	}

	if nodes := c.nodes(t); len(nodes) != 1 || nodes[0].Host != "one" {
		t.Errorf("got %+v", nodes)
	}
}

func TestNodeWithoutHeartbeatIsRemoved(t *testing.T) {
	t.Parallel()
	c := newRegistry(t)
	dead, old, alive := c.newNode(t, "dead", 5), c.newNode(t, "old", 5), c.newNode(t, "alive", 5)
	c.register(t, dead)
	c.register(t, old)
	c.age(t, dead, NodeTimeout+time.Second)
	c.age(t, old, deadNodeRetention+time.Second)

	c.register(t, alive)

	if nodes := c.nodes(t); len(nodes) != 1 || nodes[0].Host != "alive" {
		t.Errorf("got %+v", nodes)
	}
	var rows int
	if err := c.pool.QueryRow(t.Context(), "SELECT count(*) FROM fleet.node").Scan(&rows); err != nil || rows != 2 {
		t.Errorf("%d rows, want the old one deleted: %v", rows, err)
	}
}

func TestOnlyAChainScopeListsNodes(t *testing.T) {
	t.Parallel()
	c := newRegistry(t)
	c.register(t, c.newNode(t, "one", 5))

	nodes, err := c.ListNodes(t.Context(), auth.StoreScope(uuid.Max, uuid.NullUUID{}))

	if err != nil || len(nodes) > 0 {
		t.Errorf("got %+v, %v", nodes, err)
	}
}

// restart requests a restart, as an administrator does.
func (c *registry) restart(t *testing.T, id uuid.UUID, component string) error {
	t.Helper()
	commands := store.NewCommandRunner(c.pool, time.Now, func(context.Context, uuid.UUID, store.Position) {})
	_, err := store.Run(t.Context(), commands, store.Command{Name: "restartComponent", Locks: []store.Lock{Lock()}},
		func(ctx context.Context, tx *store.Tx) (*Node, error) {
			return c.RequestRestart(ctx, tx, auth.SystemScope(), id, component)
		})
	return err
}

func TestRunRestartsTheRequestedComponent(t *testing.T) {
	t.Parallel()
	c := newRegistry(t)
	one, other := c.newNode(t, "one", 5), c.newNode(t, "other", 5)
	for _, p := range []*testNode{one, other} {
		c.register(t, p)
		p.run(t)
	}
	c.waitUntil(t, "their components", func(nodes []Node) bool { return len(nodes) == 2 && len(nodes[0].Components) == 2 })

	if err := c.restart(t, one.ID(), "tailer"); err != nil {
		t.Fatal(err)
	}

	select {
	case component := <-one.restarts:
		if component != "tailer" {
			t.Errorf("%s was restarted", component)
		}
	case <-time.After(testTimeout):
		t.Fatal("nothing was restarted")
	}
	if len(one.restarts)+len(other.restarts) > 0 {
		t.Error("another component was restarted")
	}
}

func TestRequestRestartOfAnUnknownNameListsTheNames(t *testing.T) {
	t.Parallel()
	c := newRegistry(t)
	p := c.newNode(t, "one", 5)
	c.register(t, p)
	p.run(t)
	c.waitUntil(t, "its components", func(nodes []Node) bool { return len(nodes) == 1 && len(nodes[0].Components) > 0 })

	for _, test := range []struct {
		node      uuid.UUID
		component string
		want      string
	}{
		{p.ID(), "cellar", "The instance has no component \"cellar\". Its components are: api, tailer."},
		{uuid.Max, "api", "There is no instance with this id. The instances are: " + store.GlobalID(NodePrefix, p.ID()) + "."},
	} {
		if err := c.restart(t, test.node, test.component); err == nil || err.Error() != test.want {
			t.Errorf("got %v, want %s", err, test.want)
		}
	}
}

func TestRunContinuesAfterAnOutage(t *testing.T) {
	t.Parallel()
	c := newRegistry(t)
	p := c.newNode(t, "one", 5)
	c.register(t, p)
	p.run(t)
	c.waitUntil(t, "the node is listed", func(nodes []Node) bool { return len(nodes) == 1 })

	// While the schema is renamed, the statements fail. Afterwards the node's row is gone.
	rename := func(from, to string) {
		t.Helper()
		if _, err := c.pool.Exec(t.Context(), fmt.Sprintf("ALTER SCHEMA %s RENAME TO %s", from, to)); err != nil {
			t.Fatal(err)
		}
	}
	rename("fleet", "away")
	if _, err := c.pool.Exec(t.Context(), "DELETE FROM away.node"); err != nil {
		t.Fatal(err)
	}
	p.draining.Store(true) // a changed status
	rename("away", "fleet")

	c.waitUntil(t, "the node is listed again", func(nodes []Node) bool { return len(nodes) == 1 && nodes[0].Draining })
}

func TestRegisterFailsAtOnceIfTheNodeCanNeverFit(t *testing.T) {
	t.Parallel()
	c := newRegistry(t)
	capacity, err := store.ReadConnectionLimit(t.Context(), c.pool)
	if err != nil {
		t.Fatal(err)
	}
	limit := int32(capacity.Available())

	err = c.newNode(t, "one", limit+1).Register(t.Context())

	want := fmt.Sprintf("this node cannot reserve %d connections to PostgreSQL: %d are available to all nodes (%s is %d", limit+1, limit, capacity.Setting, capacity.Max)
	if err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("got %v, want %s...", err, want)
	}
	c.register(t, c.newNode(t, "two", limit))
}

func TestConnectionBudgetErrorListsNodesAndRemedies(t *testing.T) {
	t.Parallel()
	id := uuid.MustParse("0190a0c0-0000-7000-8000-000000000001")
	text := func(requested int, held int32, c store.ConnectionLimit) string {
		return (&ConnectionBudgetError{requested, []Node{{ID: id, Host: "one", Connections: held}}, c}).Error()
	}

	some, none := text(16, 90, store.ConnectionLimit{Setting: "max_connections", Max: 100, Reserved: 3}),
		text(16, 20, store.ConnectionLimit{Setting: "the CONNECTION LIMIT of the role", Max: 20})

	node := store.GlobalID(NodePrefix, id)
	if want := "this node cannot reserve 16 connections to PostgreSQL: 97 are available to all nodes (max_connections is 100, of which 3 are reserved), " +
		"and other nodes have reserved 90 (" + node + " on one: 90); " +
		"set --database-max-conns (AISLE_DATABASE_MAX_CONNS) to 7 or less, stop a node, or raise max_connections to 109"; some != want {
		t.Errorf("got  %s\nwant %s", some, want)
	}
	if want := "this node cannot reserve 16 connections to PostgreSQL: 20 are available to all nodes (the CONNECTION LIMIT of the role is 20), " +
		"and other nodes have reserved 20 (" + node + " on one: 20); stop a node, or raise the CONNECTION LIMIT of the role to 36"; none != want {
		t.Errorf("got  %s\nwant %s", none, want)
	}
}

func TestRegisterWaitsForADrainingNode(t *testing.T) {
	t.Parallel()
	c := newRegistry(t)
	half := c.halfBudget(t)
	old, other, next := c.newNode(t, "old", half), c.newNode(t, "other", half), c.newNode(t, "next", half)
	c.register(t, old)
	c.register(t, other)
	old.draining.Store(true)
	stop := old.run(t)
	other.run(t)
	c.waitUntil(t, "the node drains", func(nodes []Node) bool { return nodes[0].Draining || nodes[1].Draining })
	registered := make(chan error, 1)
	go func() { registered <- next.register(context.Background(), 0) }()
	select {
	case err := <-registered:
		t.Fatalf("Register did not wait: %v", err)
	case <-time.After(checkInterval / 2):
	}

	stop()
	if err := old.Deregister(t.Context()); err != nil {
		t.Fatal(err)
	}

	select {
	case err := <-registered:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(testTimeout):
		t.Fatal("Register still waits")
	}
}

func TestRegisterDoesNotWaitForAHealthyNode(t *testing.T) {
	t.Parallel()
	c := newRegistry(t)
	half := c.halfBudget(t)
	c.register(t, c.newNode(t, "one", half))
	c.register(t, c.newNode(t, "two", half))

	err := c.newNode(t, "three", half).register(t.Context(), 0)

	if err == nil || !strings.Contains(err.Error(), " on two: ") {
		t.Errorf("got %v", err)
	}
}

func TestDeadNodesHoldNoConnections(t *testing.T) {
	t.Parallel()
	c := newRegistry(t)
	half := c.halfBudget(t)
	dead := c.newNode(t, "dead", half)
	c.register(t, dead)
	c.register(t, c.newNode(t, "alive", half))
	c.age(t, dead, NodeTimeout+time.Second)

	if err := c.newNode(t, "next", half).register(t.Context(), 0); err != nil {
		t.Error(err)
	}
}

// Nodes that start at once do not reserve the same connections.
func TestConcurrentRegistrationsShareTheBudget(t *testing.T) {
	t.Parallel()
	c := newRegistry(t)
	half := c.halfBudget(t)
	const many = 6
	registered := make(chan error, many)
	for i := range many {
		p := c.newNode(t, strconv.Itoa(i), half)
		go func() { registered <- p.register(context.Background(), 0) }()
	}
	count := 0
	for range many {
		if <-registered == nil {
			count++
		}
	}
	if nodes := c.nodes(t); count != 2 || len(nodes) != 2 {
		t.Errorf("%d registered, and %d are listed", count, len(nodes))
	}
}

// Behind a pooler, the server's limit does not apply to the pooler's clients.
func TestRegisterSkipsTheCheckBehindAPooler(t *testing.T) {
	t.Parallel()
	c := newRegistry(t)
	c.pool = open(t, pgtest.Pooled(t, c.url))
	p := c.newNode(t, "one", 10_000)

	c.register(t, p)

	p.run(t)
	c.waitUntil(t, "its components", func(nodes []Node) bool { return len(nodes) == 1 && len(nodes[0].Components) == 2 })
}

// halfBudget returns half of the connections that the database allows.
func (c *registry) halfBudget(t *testing.T) int32 {
	t.Helper()
	capacity, err := store.ReadConnectionLimit(t.Context(), c.pool)
	if err != nil {
		t.Fatal(err)
	}
	return int32(capacity.Available() / 2)
}
