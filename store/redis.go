package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// errRedisURL does not wrap the client's error, which would show the URL and so the password.
var errRedisURL = errors.New("the Redis URL cannot be read: it looks like redis://user:password@host:6379/0, " +
	"redis+cluster://user:password@host:6379?addr=other:6379 or redis+sentinel://host:26379?addr=other:26379&master_name=main")

// NewRedisClient makes a client of Redis: of one server (redis://), of a cluster (redis+cluster://), or of the servers that
// sentinels watch (redis+sentinel://); with TLS when it says rediss. It does not wait for Redis: what is kept there is kept in
// PostgreSQL too, and everything works without it, slower.
func NewRedisClient(url string) (redis.UniversalClient, error) {
	// Without ContextTimeoutEnabled a context's deadline would not end what waits for an answer.
	const (
		name   = "aisle"
		toDial = time.Second // a server that vanished is tried again as often
	)
	scheme, rest, _ := strings.Cut(url, "://")
	plain, kind, _ := strings.Cut(scheme, "+")
	url = plain + "://" + rest
	switch kind {
	case "":
		options, err := redis.ParseURL(url)
		if err != nil {
			return nil, errRedisURL
		}
		options.ClientName, options.ContextTimeoutEnabled, options.DialTimeout = name, true, cmp.Or(options.DialTimeout, toDial)
		return redis.NewClient(options), nil
	case "cluster":
		options, err := redis.ParseClusterURL(url)
		if err != nil {
			return nil, errRedisURL
		}
		options.ClientName, options.ContextTimeoutEnabled, options.DialTimeout = name, true, cmp.Or(options.DialTimeout, toDial)
		return redis.NewClusterClient(options), nil
	case "sentinel":
		options, err := redis.ParseFailoverURL(url)
		if err != nil || options.MasterName == "" {
			return nil, errRedisURL
		}
		options.ClientName, options.ContextTimeoutEnabled, options.DialTimeout = name, true, cmp.Or(options.DialTimeout, toDial)
		return redis.NewFailoverClient(options), nil
	default:
		return nil, errRedisURL
	}
}

// SetRedisLogger sends what the client of Redis has to say to a log. The client knows one log a process.
func SetRedisLogger(log *slog.Logger) { redis.SetLogger(redisLog{log}) }

type redisLog struct{ *slog.Logger }

// Printf is what the client calls.
func (l redisLog) Printf(ctx context.Context, format string, args ...any) {
	l.WarnContext(ctx, "Redis", "said", fmt.Sprintf(format, args...))
}
