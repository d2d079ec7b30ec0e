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

// sharedDocuments are those of a node that has its Redis there.
func sharedDocuments(t *testing.T, address string) (*redis.DocumentStore, goredis.UniversalClient, *notes) {
	t.Helper()
	client, err := redis.NewClient("redis://" + address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	log := &notes{}
	return redis.NewDocumentStore(client, redis.NewBreaker(slog.New(slog.NewTextHandler(log, nil)))), client, log
}

// redises are the kinds of Redis that there are.
var redises = map[string]func(*testing.T) string{
	"miniredis": func(t *testing.T) string { t.Helper(); return miniredis.RunT(t).Addr() },
	"Redis":     realRedis,
}

func TestADocumentThatOneNodeKeptAnotherFinds(t *testing.T) {
	t.Parallel()
	for name, address := range redises {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			at := address(t)
			one, _, _ := sharedDocuments(t, at)
			other, _, _ := sharedDocuments(t, at)

			if !one.Put(t.Context(), "aa", "{ hello }", time.Hour) {
				t.Error("it was not kept")
			}

			if text, ok := other.Find(t.Context(), "aa"); !ok || text != "{ hello }" {
				t.Errorf("found %q, %v", text, ok)
			}
			if text, ok := other.Find(t.Context(), "ab"); ok {
				t.Errorf("found %q, which nobody kept", text)
			}
		})
	}
}

// Whoever has no token keeps a document for a shorter time than those who have one, and must not shorten theirs.
func TestOnlyRenewingChangesHowLongADocumentIsKept(t *testing.T) {
	t.Parallel()
	for name, address := range redises {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, client, _ := sharedDocuments(t, address(t))
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

func TestWithoutRedisThereAreNoSharedDocumentsAndNobodyWaits(t *testing.T) {
	t.Parallel()
	d, _, log := sharedDocuments(t, freeAddress(t))

	began := time.Now()
	for range 1000 {
		if _, ok := d.Find(t.Context(), "aa"); ok || d.Put(t.Context(), "aa", "{ hello }", time.Hour) || d.Renew(t.Context(), "aa", time.Hour) {
			t.Fatal("something was done")
		}
	}

	if took := time.Since(began); took > 2*time.Second { // 3 waits of 50 ms, and the machine's
		t.Errorf("it took %s", took)
	}
	if said := strings.Count(log.String(), "Redis is unavailable"); said != 1 {
		t.Errorf("it was said %d times:\n%s", said, log)
	}
}
