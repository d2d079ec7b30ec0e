package system_test

import (
	"context"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"aisle/app/localpg"
	"aisle/store/postgres"
)

// durable is a PostgreSQL that keeps what it has committed, at an address that stays.
type durable struct {
	dir     string
	line    *proxy
	cluster *localpg.Cluster
	at      url.URL
	data    string // its folder
}

func startDurable(t *testing.T) *durable {
	t.Helper()
	d := &durable{dir: filepath.Join(dataFolder(t), "postgres"), line: newProxy(t, "")}
	d.start(t)
	t.Cleanup(func() { d.stop(t) })
	return d
}

func (d *durable) start(t *testing.T) {
	t.Helper()
	cluster, err := localpg.Start(t.Context(), localpg.Config{Dir: d.dir, Durable: true})
	if err != nil {
		t.Fatal(err)
	}
	at, err := url.Parse(cluster.URL("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	d.line.leadTo(at.Host)
	at.Host, at.RawQuery = d.line.address(), "sslmode=disable"
	d.cluster, d.at = cluster, *at
}

// stop waits until nothing of it runs any more.
func (d *durable) stop(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := d.cluster.Stop(ctx); err != nil {
		t.Error(err)
	}
}

// kill kills the server; its processes follow it.
func (d *durable) kill(t *testing.T) {
	t.Helper()
	if err := syscall.Kill(d.pid(t), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	d.stop(t)
}

// pause stops the server and all that it has forked, where they are.
func (d *durable) pause(t *testing.T) (resume func()) {
	t.Helper()
	pool, err := postgres.Open(t.Context(), d.at.String(), postgres.Options{MaxConns: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	server := pause(t, d.pid(t)) // it forks no more
	var pids []int
	for _, text := range column(t, pool, "SELECT pid::text FROM pg_stat_activity ORDER BY pid = pg_backend_pid()") {
		pid, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		pids = append(pids, pid)
	}
	others := pause(t, pids...)
	return func() {
		server()
		others()
	}
}

// pid is the server's.
func (d *durable) pid(t *testing.T) int {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(d.data, "postmaster.pid"))
	if err != nil {
		t.Fatal(err)
	}
	line, _, _ := strings.Cut(string(text), "\n")
	pid, err := strconv.Atoi(line)
	if err != nil {
		t.Fatal(err)
	}
	return pid
}

// disaster is all of a chain's processes, to be killed.
type disaster struct {
	t        *testing.T
	random   *rand.Rand
	sent     atomic.Int64 // by the workers
	front    *proxy
	node     *serveProcess
	redis    *redisProcess
	postgres *durable
}

// wait waits until the workers have sent a random number of requests, n at most, answered or not.
func (d *disaster) wait(n int) {
	d.t.Helper()
	until := d.sent.Load() + 1 + d.random.Int64N(int64(n))
	eventually(d.t, "the workers go on", func() bool { return d.sent.Load() >= until || d.t.Failed() })
	if d.t.Failed() {
		d.t.FailNow()
	}
}

// victims are those that a strike kills.
type victims struct{ server, redis, postgres bool }

// strike kills some of the processes in the middle of things, and starts them again after a while.
func (d *disaster) strike(them victims) {
	d.t.Helper()
	d.wait(100)
	if them.postgres {
		d.postgres.kill(d.t)
	}
	if them.redis {
		d.redis.kill()
	}
	if them.server {
		d.node.kill()
	}
	d.wait(50)
	if them.postgres {
		d.postgres.start(d.t)
	}
	if them.redis {
		d.redis.start(d.t)
	}
	if them.server {
		d.serve()
	}
}

func (d *disaster) serve() {
	d.t.Helper()
	d.node = startNode(d.t, d.postgres.at.String(), d.redis.url())
	d.front.leadTo(d.node.address())
}

// Whatever is killed in the middle of writing: what is acknowledged is done, once, and told, once, in order.
func TestKilledServerRedisAndPostgreSQLLoseAndDoubleNothing(t *testing.T) {
	t.Parallel()
	seed := randomSeed(t)
	d := &disaster{t: t, random: rand.New(rand.NewPCG(seed, 0)), front: newProxy(t, ""), redis: startRedis(t), postgres: startDurable(t)}
	if _, err := postgres.MigrateUp(t.Context(), d.postgres.at.String()); err != nil {
		t.Fatal(err)
	}
	d.postgres.data = column(t, newDemo(t, d.postgres.at.String()), "SHOW data_directory")[0]
	d.serve()
	at := "http://" + d.front.address()
	workers := make([]*worker, 0, 4)
	for _, login := range []string{"manager.1", "supervisor.1", "manager.2", "supervisor.2"} {
		w := newWorker(t, at, login)
		w.sent = &d.sent
		workers = append(workers, w)
	}
	clients := follow(t, at, "admin", inAllWays(workers[0].storeID, workers[0].cursor))

	rest := keepWorking(t, workers...)
	strikes := []victims{
		{server: true},
		{server: true},
		{redis: true},
		{postgres: true},
		{postgres: true},
		{server: true, redis: true, postgres: true},
	}
	d.random.Shuffle(len(strikes), func(i, k int) { strikes[i], strikes[k] = strikes[k], strikes[i] })
	for _, them := range strikes {
		d.strike(them)
	}
	d.wait(100)
	rest()
	work(t, 1, workers[0])

	pool, err := postgres.Open(t.Context(), d.postgres.at.String(), postgres.Options{MaxConns: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	checkWork(t, pool, workers...)
	clients.see(t, happenedIn(t, pool, workers[0].storeID), happenedIn(t, pool, ""))
	t.Logf("%d requests for %d events", d.sent.Load(), len(happenedIn(t, pool, "")))
}
