package pgstats

import (
	"bufio"
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// RedisInfo is part of Redis's INFO.
type RedisInfo struct {
	Version   string
	UsedBytes int64 // bytes
	MaxBytes  int64 // 0 for no limit
	Policy    string
	Evicted   int64
	Now       time.Time // by Redis's clock
}

// ReadRedisInfo reads the info of Redis; in a cluster, of one server.
func ReadRedisInfo(ctx context.Context, client redis.UniversalClient) (r RedisInfo, err error) {
	if r.Now, err = client.Time(ctx).Result(); err != nil {
		return RedisInfo{}, fmt.Errorf("read Redis's clock: %w", err)
	}
	info, err := client.Info(ctx).Result()
	if err != nil {
		return RedisInfo{}, fmt.Errorf("read Redis's info: %w", err)
	}
	values := map[string]string{}
	for lines := bufio.NewScanner(strings.NewReader(info)); lines.Scan(); {
		if name, value, ok := strings.Cut(lines.Text(), ":"); ok {
			values[name] = strings.TrimSpace(value)
		}
	}
	number := func(name string) int64 {
		n, _ := strconv.ParseInt(values[name], 10, 64) // 0 if missing
		return n
	}
	r.Version, r.Policy = values["redis_version"], values["maxmemory_policy"]
	r.UsedBytes, r.MaxBytes, r.Evicted = number("used_memory"), number("maxmemory"), number("evicted_keys")
	return r, nil
}
