package redis_test

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	goredis "github.com/redis/go-redis/v9"

	"aisle/store/redis"
)

// newStore makes the document store of a node with a Redis.
func newStore(t *testing.T, address string) (*redis.DocumentStore, goredis.UniversalClient, *logBuffer) {
	t.Helper()
	client, err := redis.NewClient("redis://" + address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	log := &logBuffer{}
	return redis.NewDocumentStore(client, redis.NewBreaker(slog.New(slog.NewTextHandler(log, nil)))), client, log
}

// redises are the servers that the tests run with.
var redises = map[string]func(*testing.T) string{
	"miniredis": func(t *testing.T) string { t.Helper(); return miniredis.RunT(t).Addr() },
	"Redis":     realRedis,
}

func TestNodesShareDocuments(t *testing.T) {
	t.Parallel()
	for name, address := range redises {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			at := address(t)
			one, _, _ := newStore(t, at)
			other, _, _ := newStore(t, at)

			if !one.Put(t.Context(), "aa", "{ hello }", time.Hour) {
				t.Error("it was not stored")
			}

			if text, ok := other.Find(t.Context(), "aa"); !ok || text != "{ hello }" {
				t.Errorf("found %q, %v", text, ok)
			}
			if text, ok := other.Find(t.Context(), "ab"); ok {
				t.Errorf("found %q, which no node has stored", text)
			}
		})
	}
}

// Anonymous clients store a document for a shorter time, and must not shorten the time of signed-in clients.
func TestOnlyRenewChangesTheTTL(t *testing.T) {
	t.Parallel()
	for name, address := range redises {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, client, _ := newStore(t, address(t))
			left := func() time.Duration {
				ttl, err := client.TTL(t.Context(), "aisle:apq:aa").Result()
				if err != nil {
					t.Fatal(err)
				}
				return ttl
			}
			d.Put(t.Context(), "aa", "{ hello }", time.Hour)

			d.Put(t.Context(), "aa", "{ hello }", time.Minute)
			put := left()
			d.Renew(t.Context(), "aa", 24*time.Hour)
			renewed := left()

			if put < 59*time.Minute || put > time.Hour || renewed < 23*time.Hour || renewed > 24*time.Hour {
				t.Errorf("put again it has %s left, renewed %s", put, renewed)
			}
		})
	}
}

func TestDocumentStoreDoesNotWaitForUnavailableRedis(t *testing.T) {
	t.Parallel()
	d, _, log := newStore(t, freeAddress(t))

	began := time.Now()
	for range 1000 {
		if _, ok := d.Find(t.Context(), "aa"); ok || d.Put(t.Context(), "aa", "{ hello }", time.Hour) || d.Renew(t.Context(), "aa", time.Hour) {
			t.Fatal("something was done")
		}
	}

	if took := time.Since(began); took > 20*time.Second { // 3 waits of 50 ms, and the machine's; without the breaker there would be 3,000
		t.Errorf("it took %s", took)
	}
	if said := strings.Count(log.String(), "Redis is unavailable"); said != 1 {
		t.Errorf("it was said %d times:\n%s", said, log)
	}
}
