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

// patient is how long a test waits for what comes at once on a machine that does nothing else.
const patient = 30 * time.Second

// cluster is the registry of a database, as an operator sees it.
type cluster struct {
	*Service

	url  string
	pool *postgres.Pool
}

func newCluster(t *testing.T) *cluster {
	t.Helper()
	url := pgtest.New(t)
	pool := open(t, url)
	return &cluster{NewService(pool), url, pool}
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

// process is a node with two components.
type process struct {
	*Heartbeat

	draining atomic.Bool
	asked    chan string // components that were to be restarted
}

func (c *cluster) process(t *testing.T, host string, connections int32) *process {
	t.Helper()
	p := &process{asked: make(chan string, 10)}
	failed := "it failed"
	p.Heartbeat = NewHeartbeat(HeartbeatConfig{
		Pool: c.pool, BehindPooler: c.pool.BehindPooler(), Log: slog.New(slog.DiscardHandler), Now: time.Now,
		Node: Node{Host: host, Roles: []string{"api", "jobs"}, Version: "1.2.3", Connections: connections},
		Status: func() NodeStatus {
			return NodeStatus{Draining: p.draining.Load(), Streams: 2, Subscriptions: 3, Components: []Component{
				{Name: "api", State: "RUNNING"}, {Name: "tailer", State: "BACKING_OFF", Restarts: 4, LastError: &failed},
			}}
		},
		Restart: func(component string) error { p.asked <- component; return nil },
	})
	return p
}

// run runs the process until the test ends, or stop is called.
func (p *process) run(t *testing.T) (stop func()) {
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

// listNodes are those of the registry.
func (c *cluster) nodes(t *testing.T) []Node {
	t.Helper()
	nodes, err := c.ListNodes(t.Context(), auth.SystemScope())
	if err != nil {
		t.Fatal(err)
	}
	return nodes
}

// until waits until the registry is as it should be.
func (c *cluster) until(t *testing.T, what string, is func([]Node) bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(patient)
	for {
		nodes, err := c.ListNodes(t.Context(), auth.SystemScope())
		if err == nil && is(nodes) {
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("%s: %+v %v", what, nodes, err)
		}
	}
}

// silence lets a node have told nothing for so long.
func (c *cluster) silence(t *testing.T, p *process, d time.Duration) {
	t.Helper()
	if _, err := c.pool.Exec(t.Context(), "UPDATE fleet.node SET seen_at = now() - $2::interval WHERE id = $1", p.ID(), d); err != nil {
		t.Fatal(err)
	}
}

func (c *cluster) join(t *testing.T, p *process) {
	t.Helper()
	if err := p.Register(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestANodeTellsHowItFares(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	p := c.process(t, "one", 5)
	c.join(t, p)
	p.run(t)

	c.until(t, "its components", func(nodes []Node) bool { return len(nodes) == 1 && len(nodes[0].Components) > 0 })

	got := c.nodes(t)[0]
	failed := "it failed"
	want := Node{
		ID: p.ID(), Host: "one", Roles: []string{"api", "jobs"}, Version: "1.2.3", Connections: 5, Streams: 2, Subscriptions: 3,
		Components: []Component{{Name: "api", State: "RUNNING"}, {Name: "tailer", State: "BACKING_OFF", Restarts: 4, LastError: &failed}},
		StartedAt:  got.StartedAt, SeenAt: got.SeenAt,
	}
	if diff := cmp.Diff(want, got); diff != "" || time.Since(got.StartedAt) > patient {
		t.Errorf("started at %s: %s", got.StartedAt, diff)
	}
}

func TestANodeThatDrainsSaysSoAndLeaves(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	p := c.process(t, "one", 5)
	c.join(t, p)
	p.run(t)

	p.draining.Store(true)
	c.until(t, "it drains", func(nodes []Node) bool { return len(nodes) == 1 && nodes[0].Draining })
	leaving := c.process(t, "two", 5)
	c.join(t, leaving)
	if err := leaving.Deregister(t.Context()); err != nil {
		t.Fatal(err)
	}

	if nodes := c.nodes(t); len(nodes) != 1 || nodes[0].Host != "one" {
		t.Errorf("got %+v", nodes)
	}
}

func TestANodeThatTellsNothingIsGone(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	dead, old, alive := c.process(t, "dead", 5), c.process(t, "old", 5), c.process(t, "alive", 5)
	c.join(t, dead)
	c.join(t, old)
	c.silence(t, dead, NodeTimeout+time.Second)
	c.silence(t, old, keepGone+time.Second)

	c.join(t, alive)

	if nodes := c.nodes(t); len(nodes) != 1 || nodes[0].Host != "alive" {
		t.Errorf("got %+v", nodes)
	}
	var rows int
	if err := c.pool.QueryRow(t.Context(), "SELECT count(*) FROM fleet.node").Scan(&rows); err != nil || rows != 2 {
		t.Errorf("%d rows, and the old one should have been removed: %v", rows, err)
	}
}

func TestOnlyTheWholeChainSeesTheFleet(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	c.join(t, c.process(t, "one", 5))

	nodes, err := c.ListNodes(t.Context(), auth.StoreScope(uuid.Max, uuid.NullUUID{}))

	if err != nil || len(nodes) > 0 {
		t.Errorf("got %+v, %v", nodes, err)
	}
}

// restartRequest asks for a restart, as an administrator does.
func (c *cluster) restart(t *testing.T, id uuid.UUID, component string) error {
	t.Helper()
	commands := store.NewCommandRunner(c.pool, time.Now, func(context.Context, uuid.UUID, store.Position) {})
	_, err := store.Run(t.Context(), commands, store.Command{Name: "restartComponent", Locks: []store.Lock{Lock()}},
		func(ctx context.Context, tx *store.Tx) (*Node, error) {
			return c.RequestRestart(ctx, tx, auth.SystemScope(), id, component)
		})
	return err
}

func TestANodeRestartsWhatItIsAskedTo(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	one, other := c.process(t, "one", 5), c.process(t, "other", 5)
	for _, p := range []*process{one, other} {
		c.join(t, p)
		p.run(t)
	}
	c.until(t, "their components", func(nodes []Node) bool { return len(nodes) == 2 && len(nodes[0].Components) == 2 })

	if err := c.restart(t, one.ID(), "tailer"); err != nil {
		t.Fatal(err)
	}

	select {
	case component := <-one.asked:
		if component != "tailer" {
			t.Errorf("%s was restarted", component)
		}
	case <-time.After(patient):
		t.Fatal("nothing is restarted")
	}
	if len(one.asked)+len(other.asked) > 0 {
		t.Error("something else was restarted, too")
	}
}

func TestARestartOfWhatIsNotThereSaysWhatIs(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	p := c.process(t, "one", 5)
	c.join(t, p)
	p.run(t)
	c.until(t, "its components", func(nodes []Node) bool { return len(nodes) == 1 && len(nodes[0].Components) > 0 })

	for _, test := range []struct {
		node      uuid.UUID
		component string
		want      string
	}{
		{p.ID(), "cellar", "There is no such component on that node: there are api, tailer."},
		{uuid.Max, "api", "There is no such node: there are " + store.GlobalID(NodePrefix, p.ID()) + "."},
	} {
		if err := c.restart(t, test.node, test.component); err == nil || err.Error() != test.want {
			t.Errorf("got %v, want %s", err, test.want)
		}
	}
}

func TestANodeThatCannotTellGoesOnAndTellsLater(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	p := c.process(t, "one", 5)
	c.join(t, p)
	p.run(t)
	c.until(t, "it is there", func(nodes []Node) bool { return len(nodes) == 1 })

	// Its statements fail, and when they do not any more its row is gone.
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
	p.draining.Store(true) // something to tell
	rename("away", "fleet")

	c.until(t, "it is there again", func(nodes []Node) bool { return len(nodes) == 1 && nodes[0].Draining })
}

func TestANodeThatNeverFitsIsRefusedAtOnce(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	capacity, err := store.ReadConnectionLimit(t.Context(), c.pool)
	if err != nil {
		t.Fatal(err)
	}
	most := int32(capacity.Available())

	err = c.process(t, "one", most+1).Register(t.Context())

	want := fmt.Sprintf("this node may not open %d connections to PostgreSQL, which has %d for all nodes (%s is %d", most+1, most, capacity.Setting, capacity.Max)
	if err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("got %v, want %s...", err, want)
	}
	c.join(t, c.process(t, "two", most))
}

func TestTheRefusalSaysWhoHoldsWhatAndWhatWouldBeRight(t *testing.T) {
	t.Parallel()
	id := uuid.MustParse("0190a0c0-0000-7000-8000-000000000001")
	full := func(asked int, held int32, c store.ConnectionLimit) string {
		return (&ConnectionBudgetError{asked, []Node{{ID: id, Host: "one", Connections: held}}, c}).Error()
	}

	some, none := full(16, 90, store.ConnectionLimit{Setting: "max_connections", Max: 100, Reserved: 3}),
		full(16, 20, store.ConnectionLimit{Setting: "the CONNECTION LIMIT of the role", Max: 20})

	node := store.GlobalID(NodePrefix, id)
	if want := "this node may not open 16 connections to PostgreSQL, which has 97 for all nodes (max_connections is 100, of which 3 are reserved): " +
		"90 are held by other nodes (" + node + " on one: 90). Either give it --database-max-conns=7 (AISLE_DATABASE_MAX_CONNS) at most, end a node, or raise max_connections to 109"; some != want {
		t.Errorf("got  %s\nwant %s", some, want)
	}
	if want := "this node may not open 16 connections to PostgreSQL, which has 20 for all nodes (the CONNECTION LIMIT of the role is 20): " +
		"20 are held by other nodes (" + node + " on one: 20). Either end a node, or raise the CONNECTION LIMIT of the role to 36"; none != want {
		t.Errorf("got  %s\nwant %s", none, want)
	}
}

func TestANodeWaitsForTheConnectionsOfOneThatDrains(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	half := c.half(t)
	old, other, next := c.process(t, "old", half), c.process(t, "other", half), c.process(t, "next", half)
	c.join(t, old)
	c.join(t, other)
	old.draining.Store(true)
	stop := old.run(t)
	other.run(t)
	c.until(t, "it drains", func(nodes []Node) bool { return nodes[0].Draining || nodes[1].Draining })
	joined := make(chan error, 1)
	go func() { joined <- next.join(context.Background(), 0) }()
	select {
	case err := <-joined:
		t.Fatalf("it did not wait: %v", err)
	case <-time.After(lookEvery / 2):
	}

	stop()
	if err := old.Deregister(t.Context()); err != nil {
		t.Fatal(err)
	}

	select {
	case err := <-joined:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(patient):
		t.Fatal("it still waits")
	}
}

func TestANodeDoesNotWaitForOneThatStays(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	half := c.half(t)
	c.join(t, c.process(t, "one", half))
	c.join(t, c.process(t, "two", half))

	err := c.process(t, "three", half).join(t.Context(), 0)

	if err == nil || !strings.Contains(err.Error(), " on two: ") {
		t.Errorf("got %v", err)
	}
}

func TestTheDeadHoldNoConnections(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	half := c.half(t)
	dead := c.process(t, "dead", half)
	c.join(t, dead)
	c.join(t, c.process(t, "alive", half))
	c.silence(t, dead, NodeTimeout+time.Second)

	if err := c.process(t, "next", half).join(t.Context(), 0); err != nil {
		t.Error(err)
	}
}

// Two that start at once do not both take the last connections.
func TestNodesThatJoinAtOnceShareWhatThereIs(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	half := c.half(t)
	const many = 6
	joined := make(chan error, many)
	for i := range many {
		p := c.process(t, strconv.Itoa(i), half)
		go func() { joined <- p.join(context.Background(), 0) }()
	}
	in := 0
	for range many {
		if <-joined == nil {
			in++
		}
	}
	if nodes := c.nodes(t); in != 2 || len(nodes) != 2 {
		t.Errorf("%d joined, and %d are there", in, len(nodes))
	}
}

// Behind a pooler the server's limit says nothing about its clients.
func TestBehindAPoolerNothingIsRefused(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	c.pool = open(t, pgtest.Pooled(t, c.url))
	p := c.process(t, "one", 10_000)

	c.join(t, p)

	p.run(t)
	c.until(t, "its components", func(nodes []Node) bool { return len(nodes) == 1 && len(nodes[0].Components) == 2 })
}

// half is half of what the database has.
func (c *cluster) half(t *testing.T) int32 {
	t.Helper()
	capacity, err := store.ReadConnectionLimit(t.Context(), c.pool)
	if err != nil {
		t.Fatal(err)
	}
	return int32(capacity.Available() / 2)
}
