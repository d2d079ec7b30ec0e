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

// A durablePostgres is a PostgreSQL with fsync, behind a proxy whose address stays the same when it restarts.
type durablePostgres struct {
	dir     string
	proxy   *proxy
	cluster *localpg.Cluster
	url     url.URL
	dataDir string // the data_directory
}

func startDurablePostgres(t *testing.T) *durablePostgres {
	t.Helper()
	d := &durablePostgres{dir: filepath.Join(dataFolder(t), "postgres"), proxy: newProxy(t, "")}
	d.start(t)
	t.Cleanup(func() { d.stop(t) })
	return d
}

func (d *durablePostgres) start(t *testing.T) {
	t.Helper()
	cluster, err := localpg.Start(t.Context(), localpg.Config{Dir: d.dir, Durable: true})
	if err != nil {
		t.Fatal(err)
	}
	at, err := url.Parse(cluster.URL("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	d.proxy.setTarget(at.Host)
	at.Host, at.RawQuery = d.proxy.address(), "sslmode=disable"
	d.cluster, d.url = cluster, *at
}

// stop stops it and waits until all its processes have ended.
func (d *durablePostgres) stop(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := d.cluster.Stop(ctx); err != nil {
		t.Error(err)
	}
}

// kill kills the postmaster; the other processes end by themselves.
func (d *durablePostgres) kill(t *testing.T) {
	t.Helper()
	if err := syscall.Kill(d.pid(t), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	d.stop(t)
}

// pause suspends the postmaster and all its child processes (SIGSTOP).
func (d *durablePostgres) pause(t *testing.T) (resume func()) {
	t.Helper()
	pool, err := postgres.Open(t.Context(), d.url.String(), postgres.Options{MaxConns: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	server := pause(t, d.pid(t)) // so that it forks no more
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

// pid returns the process id of the postmaster.
func (d *durablePostgres) pid(t *testing.T) int {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(d.dataDir, "postmaster.pid"))
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

// A crashTest runs a node, its Redis and its PostgreSQL, and kills them.
type crashTest struct {
	t        *testing.T
	random   *rand.Rand
	sent     atomic.Int64 // requests of the workers
	proxy    *proxy
	node     *serveProcess
	redis    *redisProcess
	postgres *durablePostgres
}

// waitForRequests waits until the workers have sent a random number of requests, from 1 to n. Failed ones count.
func (d *crashTest) waitForRequests(n int) {
	d.t.Helper()
	until := d.sent.Load() + 1 + d.random.Int64N(int64(n))
	eventually(d.t, "the workers send requests", func() bool { return d.sent.Load() >= until || d.t.Failed() })
	if d.t.Failed() {
		d.t.FailNow()
	}
}

// killTargets are the processes to kill.
type killTargets struct{ server, redis, postgres bool }

// killAndRestart kills the targets while the workers send requests, and restarts them after some more requests.
func (d *crashTest) killAndRestart(targets killTargets) {
	d.t.Helper()
	d.waitForRequests(100)
	if targets.postgres {
		d.postgres.kill(d.t)
	}
	if targets.redis {
		d.redis.kill()
	}
	if targets.server {
		d.node.kill()
	}
	d.waitForRequests(50)
	if targets.postgres {
		d.postgres.start(d.t)
	}
	if targets.redis {
		d.redis.start(d.t)
	}
	if targets.server {
		d.startNode()
	}
}

func (d *crashTest) startNode() {
	d.t.Helper()
	d.node = startNode(d.t, d.postgres.url.String(), d.redis.url())
	d.proxy.setTarget(d.node.address())
}

// Each acknowledged change is applied once, and its events are delivered once and in order.
func TestCrashesLoseAndRepeatNothing(t *testing.T) {
	t.Parallel()
	seed := randomSeed(t)
	d := &crashTest{t: t, random: rand.New(rand.NewPCG(seed, 0)), proxy: newProxy(t, ""), redis: startRedis(t), postgres: startDurablePostgres(t)}
	if _, err := postgres.MigrateUp(t.Context(), d.postgres.url.String()); err != nil {
		t.Fatal(err)
	}
	d.postgres.dataDir = column(t, newDemo(t, d.postgres.url.String()), "SHOW data_directory")[0]
	d.startNode()
	at := "http://" + d.proxy.address()
	workers := make([]*worker, 0, 4)
	for _, login := range []string{"manager.1", "supervisor.1", "manager.2", "supervisor.2"} {
		w := newWorker(t, at, login)
		w.sent = &d.sent
		workers = append(workers, w)
	}
	clients := follow(t, at, "admin", allTransports(workers[0].storeID, workers[0].cursor))

	rest := keepWorking(t, workers...)
	kills := []killTargets{
		{server: true},
		{server: true},
		{redis: true},
		{postgres: true},
		{postgres: true},
		{server: true, redis: true, postgres: true},
	}
	d.random.Shuffle(len(kills), func(i, k int) { kills[i], kills[k] = kills[k], kills[i] })
	for _, targets := range kills {
		d.killAndRestart(targets)
	}
	d.waitForRequests(100)
	rest()
	work(t, 1, workers[0])

	pool, err := postgres.Open(t.Context(), d.postgres.url.String(), postgres.Options{MaxConns: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	checkDatabase(t, pool, workers...)
	clients.checkEvents(t, eventsOf(t, pool, workers[0].storeID), eventsOf(t, pool, ""))
	t.Logf("%d requests for %d events", d.sent.Load(), len(eventsOf(t, pool, "")))
}
