package redis_test

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"aisle/store"
	"aisle/store/cache"
	"aisle/store/redis"
)

// redisServer starts a server with settings, and returns its port and what kills it.
func redisServer(t *testing.T, args ...string) (port string, kill func()) {
	t.Helper()
	program, err := exec.LookPath("redis-server")
	if err != nil {
		t.Skip("redis-server is not installed: what needs a real Redis does not run")
	}
	_, port, _ = net.SplitHostPort(freeAddress(t))
	args = append(args, "--port", port, "--bind", "127.0.0.1", "--save", "", "--dir", t.TempDir())
	ctx, stop := context.WithCancel(t.Context())
	server := exec.CommandContext(ctx, program, args...)
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	kill = func() { stop(); _ = server.Wait() }
	t.Cleanup(kill)
	return port, kill
}

// send sends a command to a server until it is accepted.
func send(t *testing.T, port string, command ...any) {
	t.Helper()
	client := goredis.NewClient(&goredis.Options{Addr: "127.0.0.1:" + port})
	defer client.Close() //nolint:errcheck // nothing is written at closing
	await(t, fmt.Sprint("the server takes ", command), func() bool { return client.Do(t.Context(), command...).Err() == nil })
}

// await waits for a condition.
func await(t *testing.T, what string, so func() bool) {
	t.Helper()
	deadline := time.After(30 * time.Second)
	for !so() {
		select {
		case <-deadline:
			t.Fatalf("it is not so that %s", what)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// cluster starts three nodes that share the keys, and returns the URL.
func cluster(t *testing.T) string {
	t.Helper()
	var ports []string
	for range 3 {
		// The bus between the nodes is 10,000 above their port unless it is set.
		_, bus, _ := net.SplitHostPort(freeAddress(t))
		port, _ := redisServer(t, "--cluster-enabled", "yes", "--cluster-port", bus, "--cluster-node-timeout", "2000")
		first, last := len(ports)*5461, (len(ports)+1)*5461-1
		if len(ports) == 2 {
			last = 16383
		}
		send(t, port, "CLUSTER", "ADDSLOTSRANGE", first, last)
		if len(ports) > 0 {
			send(t, ports[0], "CLUSTER", "MEET", "127.0.0.1", port, bus)
		}
		ports = append(ports, port)
	}
	for _, port := range ports {
		client := goredis.NewClient(&goredis.Options{Addr: "127.0.0.1:" + port})
		t.Cleanup(func() { _ = client.Close() })
		await(t, "the cluster has all keys", func() bool {
			info, err := client.ClusterInfo(t.Context()).Result()
			return err == nil && strings.Contains(info, "cluster_state:ok") && strings.Contains(info, "cluster_known_nodes:3")
		})
	}
	return fmt.Sprintf("redis+cluster://127.0.0.1:%s?addr=127.0.0.1:%s", ports[0], ports[1])
}

// testSharedTier checks the caches that nodes share in Redis.
func testSharedTier(t *testing.T, client goredis.UniversalClient) {
	t.Helper()
	shared := cache.NewSharedTier(client, redis.NewBreaker(slog.New(slog.DiscardHandler)))
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- shared.Run(ctx) }()
	defer func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}()
	keys := make([]int, 50)
	for i := range keys {
		keys[i] = i
	}
	read := func() cache.Stats {
		c := cache.New(cache.Options[int, int]{
			Kind: "number", Fetch: func(_ context.Context, keys []int) ([]int, error) { return keys, nil }, KeyText: strconv.Itoa,
			MaxBytes: 1 << 20, Shared: shared, Now: time.Now, Jitter: rand.Float64,
		})
		c.Reset(store.Position{})
		values, err := c.Load(t.Context(), keys)
		if err != nil || !slices.Equal(values, keys) {
			t.Errorf("got %v, %v", values, err)
		}
		return c.Stats()
	}
	read()
	await(t, "another node finds all of it", func() bool { return read().SharedHits == int64(len(keys)) })
}

// testClient checks rate limits, documents, caches and pub/sub over a client.
func testClient(t *testing.T, client goredis.UniversalClient) {
	t.Helper()
	breaker := redis.NewBreaker(slog.New(slog.DiscardHandler))
	rates, documents := redis.NewRateLimiter(client, breaker), redis.NewDocumentStore(client, breaker)
	for i := range 20 {
		budget := redis.Quota{Key: fmt.Sprint("viewer ", i), PerSecond: 6}
		if got := rates.Take(t.Context(), budget, 20); !got.Allowed || got.Remaining != 40 {
			t.Errorf("budget %d: %+v", i, got)
		}
		hash := fmt.Sprint("hash", i)
		if !documents.Put(t.Context(), hash, "{ hello }", time.Hour) {
			t.Errorf("the document %d was not stored", i)
		}
		if text, ok := documents.Find(t.Context(), hash); !ok || text != "{ hello }" {
			t.Errorf("the document %d: %q", i, text)
		}
	}
	testSharedTier(t, client)
	subscription := client.Subscribe(t.Context(), "bell")
	defer subscription.Close() //nolint:errcheck // nothing is left to say
	if _, err := subscription.Receive(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range 5 { // a cluster publishes at any node
		if err := client.Publish(t.Context(), "bell", "").Err(); err != nil {
			t.Error(err)
		}
		if _, err := subscription.ReceiveMessage(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

func TestRedisClusterIsSupported(t *testing.T) {
	t.Parallel()
	client, err := redis.NewClient(cluster(t))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close() //nolint:errcheck // nothing is written at closing

	testClient(t, client)
}

// A sentinel names the primary, and promotes another server when the primary fails.
func TestSentinelFailoverIsFollowed(t *testing.T) {
	t.Parallel()
	first, kill := redisServer(t)
	send(t, first, "PING")
	second, _ := redisServer(t, "--replicaof", "127.0.0.1 "+first)
	file := filepath.Join(t.TempDir(), "sentinel.conf")
	text := fmt.Sprintf("sentinel monitor main 127.0.0.1 %s 1\nsentinel down-after-milliseconds main 500\n"+
		"sentinel failover-timeout main 5000\n", first)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	sentinel, _ := redisServer(t, file, "--sentinel")
	client, err := redis.NewClient("redis+sentinel://127.0.0.1:" + sentinel + "?master_name=main")
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close() //nolint:errcheck // nothing is written at closing
	await(t, "the first server answers", func() bool { return client.Ping(t.Context()).Err() == nil })
	testClient(t, client)
	watch := goredis.NewSentinelClient(&goredis.Options{Addr: "127.0.0.1:" + sentinel})
	defer watch.Close() //nolint:errcheck // nothing is written at closing
	await(t, "the sentinel knows the second server", func() bool {
		replicas, err := watch.Replicas(t.Context(), "main").Result()
		return err == nil && len(replicas) == 1 && replicas[0]["master-link-status"] == "ok"
	})

	kill()

	await(t, "the second server is written to", func() bool {
		return client.Set(t.Context(), "after", "the failover", 0).Err() == nil
	})
	other := goredis.NewClient(&goredis.Options{Addr: "127.0.0.1:" + second})
	defer other.Close() //nolint:errcheck // nothing is written at closing
	if got := other.Get(t.Context(), "after").Val(); got != "the failover" {
		t.Errorf("the second server has %q", got)
	}
}

func TestErrorOfAMalformedURLDoesNotShowIt(t *testing.T) {
	t.Parallel()
	for _, url := range []string{
		"redis+cluster://user:hush@host:port", "redis+sentinel://user:hush@host:26379", "redis+other://user:hush@host:6379",
		"http+cluster://user:hush@host:6379", "hush", "redis://aisle:hush@[::1", "redis://aisle:hush@localhost:6379/database",
	} {
		_, err := redis.NewClient(url)

		if err == nil || strings.Contains(err.Error(), "hush") {
			t.Errorf("%s: %v", url, err)
		}
	}
}
