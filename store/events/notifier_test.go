package events

import (
	"context"
	"log/slog"
	"net"
	"os/exec"
	"slices"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"aisle/app/localpg/pgtest"
	"aisle/store/redis"
)

// redisServer is a real Redis that a test can kill and start again on the same port.
type redisServer struct {
	program, port, dir string
	process            *exec.Cmd
}

func newRedis(tb testing.TB) *redisServer {
	tb.Helper()
	program, err := exec.LookPath("redis-server")
	if err != nil {
		tb.Skip("redis-server is not installed")
	}
	listener, err := (&net.ListenConfig{}).Listen(tb.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	_ = listener.Close()
	r := &redisServer{program: program, port: port, dir: tb.TempDir()}
	r.start(tb)
	tb.Cleanup(r.kill)
	return r
}

func (r *redisServer) start(tb testing.TB) {
	tb.Helper()
	r.process = exec.CommandContext(context.WithoutCancel(tb.Context()), r.program,
		"--port", r.port, "--bind", "127.0.0.1", "--save", "", "--dir", r.dir)
	if err := r.process.Start(); err != nil {
		tb.Fatal(err)
	}
	client := r.client(tb)
	eventually(tb, "Redis answers", func() bool { return client.Ping(tb.Context()).Err() == nil })
}

func (r *redisServer) kill() {
	if r.process == nil {
		return
	}
	_ = r.process.Process.Kill()
	_ = r.process.Wait() // returns that it was killed
	r.process = nil
}

func (r *redisServer) url() string { return "redis://127.0.0.1:" + r.port }

func (r *redisServer) client(tb testing.TB) goredis.UniversalClient {
	tb.Helper()
	client, err := redis.NewClient(r.url())
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = client.Close() })
	return client
}

// waitForListeners waits until n nodes listen.
func (r *redisServer) waitForListeners(tb testing.TB, by int64) {
	tb.Helper()
	client := r.client(tb)
	eventually(tb, "the nodes listen", func() bool {
		return client.PubSubNumSub(tb.Context(), notifyChannel).Val()[notifyChannel] == by
	})
}

// measureLatencies measures how long events take from their commit on one node to a subscriber of another, sorted.
func measureLatencies(t *testing.T, here *Log, there *Subscription, n int, between time.Duration) []time.Duration {
	t.Helper()
	tick := time.NewTicker(between)
	defer tick.Stop()
	list := make([]time.Duration, n)
	for i := range n {
		writeEvents(t, here.config.Pool, north, i)
		committed := time.Now()
		here.Notify()
		readNumbers(t, there, 1)
		list[i] = time.Since(committed)
		<-tick.C
	}
	slices.Sort(list)
	return list
}

// It does not run in parallel, because it measures time. Tests of other packages run meanwhile, so the best of some rounds
// counts.
func TestEventsReachAnotherNodeFasterWithRedis(t *testing.T) {
	url := pgtest.New(t)
	server := newRedis(t)
	node := func(client goredis.UniversalClient) *Log {
		l := newTestLog(t, openPool(t, url), func(c *Config) {
			if client != nil {
				c.Redis, c.PollInterval = client, time.Minute // so that only notifications wake it
			}
		})
		startLog(t, l)
		return l
	}
	here, with, without := node(server.client(t)), node(server.client(t)), node(nil)
	server.waitForListeners(t, 2)

	const rounds, many, few = 20, 100, 10
	ok := false
	for round := 1; !ok && round <= rounds; round++ {
		fast := measureLatencies(t, here, subscribe(t, with, "", chainFilter()), many, 10*time.Millisecond)
		slow := measureLatencies(t, here, subscribe(t, without, "", chainFilter()), few, time.Millisecond)
		p99, longest := fast[many*99/100-1], slow[few-1]
		t.Logf("with Redis: median %v, 99th percentile %v; without: median %v, longest %v", fast[many/2], p99, slow[few/2], longest)
		ok = p99 <= 100*time.Millisecond && longest <= time.Second
	}
	if !ok {
		t.Errorf("want 100 ms at most at the 99th percentile with Redis, and 1 s at most without")
	}
}

func TestNoEventIsLostWhenRedisRestarts(t *testing.T) {
	t.Parallel()
	url := pgtest.New(t)
	server := newRedis(t)
	log := &logBuffer{}
	node := func() *Log {
		l := newTestLog(t, openPool(t, url), func(c *Config) {
			c.Redis, c.Log = server.client(t), slog.New(slog.NewTextHandler(log, nil))
		})
		startLog(t, l)
		return l
	}
	here, there := node(), node()
	server.waitForListeners(t, 2)
	s := subscribe(t, there, "", chainFilter())
	var got []int
	exchange := func(from, to int) {
		for n := from; n <= to; n++ {
			writeEvents(t, here.config.Pool, north, n)
			here.Notify()
		}
		list := readNumbers(t, s, to-from+1)
		got = append(got, list...)
	}

	exchange(1, 20)
	server.kill()
	exchange(21, 40)
	server.start(t)
	exchange(41, 60)
	server.waitForListeners(t, 2) // the subscriptions are back

	exchange(61, 80)
	if !slices.Equal(got, sequence(1, 80)) {
		t.Errorf("got %v", got)
	}
}

func TestNotifyNeverBlocks(t *testing.T) {
	t.Parallel()
	l := newTestLog(t, openPool(t, pgtest.New(t)))
	for range 1000 {
		l.Notify() // no tailer runs
	}
}
