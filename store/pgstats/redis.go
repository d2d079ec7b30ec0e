package pgstats

import (
	"bufio"
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"aisle/store"
)

// RedisInfo is what Redis says of itself.
type RedisInfo struct {
	Version   string
	UsedBytes int64 // bytes
	MaxBytes  int64 // bytes; 0 is without a limit
	Policy    string
	Evicted   int64
	Now       time.Time // by its clock
}

// ReadRedisInfo asks Redis. With a cluster it is one of the servers.
func ReadRedisInfo(ctx context.Context, client redis.UniversalClient) (r RedisInfo, err error) {
	if r.Now, err = client.Time(ctx).Result(); err != nil {
		return r, store.Wrap("ask Redis for its clock", err)
	}
	text, err := client.Info(ctx).Result()
	if err != nil {
		return r, store.Wrap("ask Redis how it is", err)
	}
	values := map[string]string{}
	for lines := bufio.NewScanner(strings.NewReader(text)); lines.Scan(); {
		if name, value, ok := strings.Cut(lines.Text(), ":"); ok {
			values[name] = strings.TrimSpace(value)
		}
	}
	number := func(name string) int64 {
		n, _ := strconv.ParseInt(values[name], 10, 64) // what is not told is 0
		return n
	}
	r.Version, r.Policy = values["redis_version"], values["maxmemory_policy"]
	r.UsedBytes, r.MaxBytes, r.Evicted = number("used_memory"), number("maxmemory"), number("evicted_keys")
	return r, nil
}
