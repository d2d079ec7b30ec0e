package redis_test

import (
	"context"
	"log/slog"
	"net"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	goredis "github.com/redis/go-redis/v9"

	"aisle/store/redis"
)

// limiter is what all rate limiters must do.
type limiter interface {
	Take(ctx context.Context, b redis.Quota, n int) redis.RateLimitResult
}

// logBuffer is a log that can be read while it is written.
type logBuffer struct {
	mu   sync.Mutex
	text strings.Builder
}

func (n *logBuffer) Write(p []byte) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.text.Write(p)
}

func (n *logBuffer) String() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.text.String()
}

// newLimiter makes the limiter of a node with a Redis.
func newLimiter(t *testing.T, address string) (*redis.RateLimiter, *logBuffer) {
	t.Helper()
	client, err := redis.NewClient("redis://" + address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	log := &logBuffer{}
	return redis.NewRateLimiter(client, redis.NewBreaker(slog.New(slog.NewTextHandler(log, nil)))), log
}

// realRedis starts a Redis, and returns its address.
func realRedis(t *testing.T) string {
	t.Helper()
	program, err := exec.LookPath("redis-server")
	if err != nil {
		t.Skip("redis-server is not installed: what needs a real Redis does not run")
	}
	address := freeAddress(t)
	_, port, _ := net.SplitHostPort(address)
	server := exec.CommandContext(t.Context(), program, "--port", port, "--bind", "127.0.0.1", "--save", "", "--dir", t.TempDir())
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Wait() })
	client := goredis.NewClient(&goredis.Options{Addr: address, MaxRetries: 100})
	defer client.Close() //nolint:errcheck // nothing is written at closing
	if err := client.Ping(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	return address
}

func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close() //nolint:errcheck // it was only to find a port
	return listener.Addr().String()
}

// kinds are all rate limiters.
var kinds = map[string]func(*testing.T) limiter{
	"own":       func(*testing.T) limiter { return redis.NewLocalRateLimiter(time.Now) },
	"no Redis":  func(t *testing.T) limiter { t.Helper(); r, _ := newLimiter(t, freeAddress(t)); return r },
	"miniredis": func(t *testing.T) limiter { t.Helper(); r, _ := newLimiter(t, miniredis.RunT(t).Addr()); return r },
	"Redis":     func(t *testing.T) limiter { t.Helper(); r, _ := newLimiter(t, realRedis(t)); return r },
}

func TestTakeEmptiesTheBucketAndNoMore(t *testing.T) {
	t.Parallel()
	for name, kind := range kinds {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, budget := kind(t), redis.Quota{Key: "somebody", PerSecond: 6}

			first := r.Take(t.Context(), budget, 20)
			second := r.Take(t.Context(), budget, 40)
			third := r.Take(t.Context(), budget, 10)

			if !first.Allowed || first.Remaining != 40 || first.RetryAfter != 0 || !about(first.ResetAfter, 10*time.Second/3) {
				t.Errorf("a third: %+v", first)
			}
			if !second.Allowed || second.Remaining != 0 || !about(second.ResetAfter, 10*time.Second) {
				t.Errorf("the rest: %+v", second)
			}
			if third.Allowed || third.Remaining != 0 || !about(third.RetryAfter, 10*time.Second/6) || !about(third.ResetAfter, 10*time.Second) {
				t.Errorf("more: %+v", third)
			}
		})
	}
}

func about(got, want time.Duration) bool {
	return got > want-time.Second && got <= want+10*time.Millisecond
}

func TestKeysHaveTheirOwnBuckets(t *testing.T) {
	t.Parallel()
	for name, kind := range kinds {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := kind(t)

			r.Take(t.Context(), redis.Quota{Key: "one", PerSecond: 6}, 60)

			if other := r.Take(t.Context(), redis.Quota{Key: "other", PerSecond: 6}, 60); !other.Allowed {
				t.Errorf("%+v", other)
			}
		})
	}
}

func TestMoreThanBurstCountsAsBurst(t *testing.T) {
	t.Parallel()
	for name, kind := range kinds {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			got := kind(t).Take(t.Context(), redis.Quota{Key: "somebody", PerSecond: 6}, 1000)

			if !got.Allowed || got.Remaining != 0 {
				t.Errorf("%+v", got)
			}
		})
	}
}

func TestBucketRefills(t *testing.T) {
	t.Parallel()
	now := time.Now()
	r, budget := redis.NewLocalRateLimiter(func() time.Time { return now }), redis.Quota{Key: "somebody", PerSecond: 6}
	r.Take(t.Context(), budget, 60)

	now = now.Add(5 * time.Second)
	half := r.Take(t.Context(), budget, 10)
	now = now.Add(time.Hour)
	full := r.Take(t.Context(), budget, 60)

	if half.Remaining != 20 || !full.Allowed {
		t.Errorf("%+v, then %+v", half, full)
	}
}

func TestNodesShareBuckets(t *testing.T) {
	t.Parallel()
	address := realRedis(t)
	one, _ := newLimiter(t, address)
	other, _ := newLimiter(t, address)
	budget := redis.Quota{Key: "somebody", PerSecond: 6}

	one.Take(t.Context(), budget, 60)

	if got := other.Take(t.Context(), budget, 60); got.Allowed {
		t.Errorf("%+v", got)
	}
}

// A Redis that accepts connections and never answers is the worst case: each request would wait.
func TestBreakerOpensForASlowRedis(t *testing.T) {
	t.Parallel()
	deaf, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer deaf.Close() //nolint:errcheck // nothing was written
	r, log := newLimiter(t, deaf.Addr().String())
	const many = 1000
	budget := redis.Quota{Key: "somebody", PerSecond: many / 10}

	began := time.Now()
	for range many {
		if got := r.Take(t.Context(), budget, 1); !got.Allowed {
			t.Fatalf("%+v", got)
		}
	}
	took := time.Since(began)

	if more := r.Take(t.Context(), budget, many); more.Allowed {
		t.Error("the node does not limit on its own")
	}
	if took > 8*time.Second { // 3 waits of 50 ms, and the machine's; without the breaker there would be 1,000
		t.Errorf("%d requests were slowed by %s", many, took)
	}
	if said := strings.Count(log.String(), "Redis is unavailable"); said != 1 {
		t.Errorf("it was said %d times:\n%s", said, log)
	}
}

func TestCancelledCallerDoesNotOpenTheBreaker(t *testing.T) {
	t.Parallel()
	r, log := newLimiter(t, miniredis.RunT(t).Addr())
	gone, leave := context.WithCancel(t.Context())
	leave()

	for range 10 {
		r.Take(gone, redis.Quota{Key: "somebody", PerSecond: 6}, 1)
	}

	if strings.Contains(log.String(), "Redis is unavailable") {
		t.Error(log.String())
	}
}
