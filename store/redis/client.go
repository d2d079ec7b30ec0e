package redis

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/redis/go-redis/extra/redisotel/v9"
	goredis "github.com/redis/go-redis/v9"
	"go.opentelemetry.io/otel/trace"
)

// errURL does not wrap go-redis's error, which contains the URL and so the password.
var errURL = errors.New("the Redis URL is malformed: it must look like redis://user:password@host:6379/0, " +
	"redis+cluster://user:password@host:6379?addr=other:6379 or redis+sentinel://host:26379?addr=other:26379&master_name=main")

// NewClient makes a client of one server (redis://), of a cluster (redis+cluster://), or of the server that sentinels
// name (redis+sentinel://); with TLS if the scheme is rediss. It does not connect.
func NewClient(url string) (goredis.UniversalClient, error) {
	// Without ContextTimeoutEnabled the deadline of a context would not end the wait for an answer.
	const (
		name        = "aisle"
		dialTimeout = time.Second // a vanished server is dialled again as often
	)
	scheme, rest, _ := strings.Cut(url, "://")
	scheme, kind, _ := strings.Cut(scheme, "+")
	url = scheme + "://" + rest
	switch kind {
	case "":
		options, err := goredis.ParseURL(url)
		if err != nil {
			return nil, errURL
		}
		options.ClientName, options.ContextTimeoutEnabled, options.DialTimeout = name, true, cmp.Or(options.DialTimeout, dialTimeout)
		return goredis.NewClient(options), nil
	case "cluster":
		options, err := goredis.ParseClusterURL(url)
		if err != nil {
			return nil, errURL
		}
		options.ClientName, options.ContextTimeoutEnabled, options.DialTimeout = name, true, cmp.Or(options.DialTimeout, dialTimeout)
		return goredis.NewClusterClient(options), nil
	case "sentinel":
		options, err := goredis.ParseFailoverURL(url)
		if err != nil || options.MasterName == "" {
			return nil, errURL
		}
		options.ClientName, options.ContextTimeoutEnabled, options.DialTimeout = name, true, cmp.Or(options.DialTimeout, dialTimeout)
		return goredis.NewFailoverClient(options), nil
	default:
		return nil, errURL
	}
}

// InstrumentTracing makes a span of each command of a traced request: with its name, and without its keys and values.
func InstrumentTracing(client goredis.UniversalClient, traces trace.TracerProvider) error {
	if traces == nil {
		return nil
	}
	err := redisotel.InstrumentTracing(client, redisotel.WithTracerProvider(traces), redisotel.WithDBStatement(false),
		redisotel.WithCallerEnabled(false), redisotel.WithDialFilter(true))
	if err != nil {
		return fmt.Errorf("trace Redis: %w", err)
	}
	return nil
}

// SetLogger sends the messages of go-redis to a log. There is one log for all clients of the process.
func SetLogger(log *slog.Logger) { goredis.SetLogger(logger{log}) }

type logger struct{ *slog.Logger }

// Printf is called by go-redis.
func (l logger) Printf(ctx context.Context, format string, args ...any) {
	l.WarnContext(ctx, "Redis client", "message", fmt.Sprintf(format, args...))
}
