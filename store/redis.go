package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/redis/go-redis/v9"
)

// OpenRedis makes a client of Redis. It does not wait for Redis: what is kept there is kept in PostgreSQL too, and
// everything works without it, slower.
func OpenRedis(url string) (*redis.Client, error) {
	options, err := redis.ParseURL(url)
	if err != nil { // not wrapped: it would show the URL, and so the password
		return nil, errors.New("the Redis URL cannot be read: it looks like redis://user:password@host:6379/0")
	}
	options.ClientName = "aisle"
	options.ContextTimeoutEnabled = true // else a context's deadline would not end what waits for an answer
	return redis.NewClient(options), nil
}

// LogRedis sends what the client of Redis has to say to a log. The client knows one log a process.
func LogRedis(log *slog.Logger) { redis.SetLogger(redisLog{log}) }

type redisLog struct{ *slog.Logger }

// Printf is what the client calls.
func (l redisLog) Printf(ctx context.Context, format string, args ...any) {
	l.WarnContext(ctx, "Redis", "said", fmt.Sprintf(format, args...))
}
