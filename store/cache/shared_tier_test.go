package cache_test

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os/exec"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	goredis "github.com/redis/go-redis/v9"

	"aisle/store/cache"
	"aisle/store/redis"
)

// redises are the servers that the tests run with.
var redises = map[string]func(*testing.T) string{
	"miniredis": func(t *testing.T) string { t.Helper(); return miniredis.RunT(t).Addr() },
	"Redis":     func(t *testing.T) string { t.Helper(); return realRedis(t) },
}

// realRedis starts a Redis, and returns its address.
func realRedis(t *testing.T, settings ...string) string {
	t.Helper()
	program, err := exec.LookPath("redis-server")
	if err != nil {
		t.Skip("redis-server is not installed: what needs a real Redis does not run")
	}
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	_ = listener.Close()
	_, port, _ := net.SplitHostPort(address)
	args := append([]string{"--port", port, "--bind", "127.0.0.1", "--save", "", "--dir", t.TempDir()}, settings...)
	server := exec.CommandContext(t.Context(), program, args...)
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Wait() })
	client := open(t, address)
	eventually(t, "Redis answers", func() bool { return client.Ping(t.Context()).Err() == nil })
	return address
}

func open(t *testing.T, address string) goredis.UniversalClient {
	t.Helper()
	client, err := redis.NewClient("redis://" + address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	return client
}

// shared makes a node use a Redis.
func shared(t *testing.T, address string) func(*cache.Options[int, *row]) {
	t.Helper()
	s := cache.NewSharedTier(open(t, address), redis.NewBreaker(slog.New(slog.DiscardHandler)))
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- s.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return func(o *cache.Options[int, *row]) { o.Shared = s }
}

// inRedis waits until Redis has n values.
func inRedis(t *testing.T, address string, n int) {
	t.Helper()
	client := open(t, address)
	eventually(t, fmt.Sprintf("%d values are in Redis", n), func() bool {
		return len(client.Keys(t.Context(), "aisle:entity::row:*").Val()) == n
	})
}

func TestNodesShareValuesInRedis(t *testing.T) {
	t.Parallel()
	for name, kind := range redises {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address, table := kind(t), newTable(map[int]string{1: "one", 2: "two"})
			one, others := newNode(table, shared(t, address)), shared(t, address)

			_, err := one.Load(t.Context(), []int{1, 2, 3})
			if err != nil {
				t.Fatal(err)
			}
			inRedis(t, address, 3)

			eventually(t, "another node finds all of it in Redis", func() bool {
				other := newNode(table, others)
				rows, err := other.Load(t.Context(), []int{3, 2, 1})
				if err != nil || rows[0] != nil || rows[1].Name != "two" || rows[2].Name != "one" {
					t.Errorf("got %v, %v", rows, err)
				}
				return other.Stats().SharedHits == 3
			})
		})
	}
}

// Nothing is deleted in Redis: a node that knows of the change rejects the outdated entry.
func TestOutdatedEntryInRedisIsNotUsed(t *testing.T) {
	t.Parallel()
	address, table := miniredis.RunT(t).Addr(), newTable(map[int]string{1: "old"})
	one, other := newNode(table, shared(t, address)), newNode(table, shared(t, address))
	one.read(t, 1)
	inRedis(t, address, 1)

	table.set(1, "new")
	other.changed(1, 7) // the first has not heard of it yet

	if got := other.read(t, 1); got != "new" {
		t.Errorf("got %q", got)
	}
	if got := one.read(t, 1); got != "old" {
		t.Errorf("the node that has heard of nothing got %q", got)
	}
}

// A node that was killed between COMMIT and the event restarts with outdated entries in Redis. It reads the newest events.
func TestRestartedNodeDoesNotUseOutdatedEntries(t *testing.T) {
	t.Parallel()
	address, table := miniredis.RunT(t).Addr(), newTable(map[int]string{1: "old", 2: "two"})
	killed := newNode(table, shared(t, address))
	killed.Advance(at(5))
	_, err := killed.Load(t.Context(), []int{1, 2})
	if err != nil {
		t.Fatal(err)
	}
	inRedis(t, address, 2)
	table.set(1, "new")
	others := shared(t, address)

	late := newNode(table, others)
	late.Reset(at(6)) // it knows of nothing before
	late.read(t, 2)
	if late.Stats().SharedHits != 0 {
		t.Errorf("it uses what may have changed: %+v", late.Stats())
	}
	eventually(t, "what did not change is used", func() bool {
		again := newNode(table, others)
		again.Reset(at(3))
		again.changed(1, 7)
		again.read(t, 2)
		used := again.Stats().SharedHits == 1
		if got := again.read(t, 1); got != "new" {
			t.Errorf("got %q", got)
		}
		return used
	})
}

// If too many keys changed, the oldest changes are forgotten. Entries that are as old as those are not used.
func TestKeysBelowTheFloorCountAsChanged(t *testing.T) {
	t.Parallel()
	address, table := miniredis.RunT(t).Addr(), newTable(map[int]string{1: "one", 2: "two"})
	one, others := newNode(table, shared(t, address)), shared(t, address)
	one.read(t, 1)
	one.Advance(at(60_000))
	one.read(t, 2)
	inRedis(t, address, 2)

	eventually(t, "what is newer than all that is forgotten is used", func() bool {
		other := newNode(table, others)
		for i := range int64(50_001) {
			other.Invalidate(int(i)+10, at(i+1))
		}
		other.read(t, 1) // which it does not put back: it has not seen so far
		if got := other.Stats(); got.SharedHits != 0 {
			t.Errorf("what is as old as what is forgotten is used: %+v", got)
		}
		other.read(t, 2)
		return other.Stats().SharedHits == 1
	})
}

func TestMalformedEntryInRedisIsNotUsed(t *testing.T) {
	t.Parallel()
	server, table := miniredis.RunT(t), newTable(map[int]string{1: "one"})
	n := newNode(table, shared(t, server.Addr()))
	for _, text := range []string{"", "short", "0123456789abcdef", "0123456789abcdefno JSON", "0123456789abcdef[1]"} {
		if err := server.Set("aisle:entity::row:"+cache.TypeFingerprint[*row]()+":1", text); err != nil {
			t.Fatal(err)
		}

		got := n.read(t, 1)

		if got != "one" {
			t.Errorf("got %q of %q", got, text)
		}
		n.Invalidate(1, at(1))
		n.Advance(at(1))
	}
}

func TestEntriesInRedisExpire(t *testing.T) {
	t.Parallel()
	server, table := miniredis.RunT(t), newTable(map[int]string{1: "one"})
	n := newNode(table, shared(t, server.Addr()))

	_, err := n.Load(t.Context(), []int{1, 2})
	inRedis(t, server.Addr(), 2)

	prefix := "aisle:entity::row:" + cache.TypeFingerprint[*row]() + ":"
	if err != nil || server.TTL(prefix+"1") != 10*time.Minute || server.TTL(prefix+"2") != 30*time.Second {
		t.Errorf("%v; the row %v, what is not there %v", err, server.TTL(prefix+"1"), server.TTL(prefix+"2"))
	}
}

// silent is the address of a server that accepts connections and never answers.
func silent(t *testing.T) string {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	return listener.Addr().String()
}

// closed is an address where nobody listens.
func closed(t *testing.T) string {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close() //nolint:errcheck // it was only to find a port
	return listener.Addr().String()
}

func TestUnavailableRedisDoesNotSlowReads(t *testing.T) {
	t.Parallel()
	for name, kind := range map[string]func(*testing.T) string{"dead": closed, "silent": silent} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			table := newTable(map[int]string{1: "one"})
			n := newNode(table, shared(t, kind(t)))
			for i := range 3 {
				n.changed(1, int64(2*i+1))
				n.read(t, 1)
			}

			const reads = 200
			began := time.Now()
			for i := range reads {
				n.changed(1, int64(10+i))
				if got := n.read(t, 1); got != "one" {
					t.Fatalf("got %q", got)
				}
			}

			if each := time.Since(began) / reads; each > 25*time.Millisecond { // half of what a read waits for Redis
				t.Errorf("%v a read", each)
			}
		})
	}
}

// A full Redis rejects writes and answers reads.
func TestFullRedisIsStillRead(t *testing.T) {
	t.Parallel()
	address := realRedis(t)
	table := newTable(map[int]string{1: "one", 2: "two"})
	one, others := newNode(table, shared(t, address)), shared(t, address)
	other := newNode(table, others)
	one.read(t, 1)
	inRedis(t, address, 1)
	if err := open(t, address).ConfigSet(t.Context(), "maxmemory", "1").Err(); err != nil {
		t.Fatal(err)
	}

	for range 5 {
		if got := other.read(t, 2); got != "two" {
			t.Errorf("got %q", got)
		}
		other.changed(2, 7)
	}

	eventually(t, "what is in Redis is used", func() bool {
		n := newNode(table, others)
		n.read(t, 1)
		return n.Stats().SharedHits == 1
	})
}
