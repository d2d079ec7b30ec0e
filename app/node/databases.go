package node

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/redis/go-redis/v9"
	"go.opentelemetry.io/otel/trace"

	"aisle/store"
)

// databases are the connections to PostgreSQL and Redis.
type databases struct {
	pool    *store.Pool
	redis   redis.UniversalClient
	breaker *store.Breaker // of Redis
}

// openDatabases connects to PostgreSQL, which must be migrated, and makes the client of Redis, which may be unavailable.
func openDatabases(ctx context.Context, c Config, traces trace.TracerProvider) (*databases, error) {
	pool, err := openPool(ctx, c, traces)
	if err != nil {
		return nil, err
	}
	client, err := openRedis(ctx, c, traces)
	if err != nil {
		pool.Close()
		return nil, err
	}
	breaker := store.NewBreaker(c.Log) //nolint:contextcheck // it logs for no request
	return &databases{pool, client, breaker}, nil
}

func (d *databases) close() {
	_ = d.redis.Close() // nothing is written at closing
	d.pool.Close()
}

func openPool(ctx context.Context, c Config, traces trace.TracerProvider) (*store.Pool, error) {
	pool, err := store.Open(ctx, c.DatabaseURL, store.Options{
		MaxConns: c.DatabaseMaxConns, StatementTimeout: c.RequestTimeout, Replicas: c.replicaURLs(), Traces: traces,
	})
	if err != nil {
		return nil, err
	}
	if err := store.CheckMigrated(ctx, pool); err != nil {
		pool.Close()
		return nil, err
	}
	return pool, nil
}

func openRedis(ctx context.Context, c Config, traces trace.TracerProvider) (redis.UniversalClient, error) {
	store.SetRedisLogger(c.Log)
	client, err := store.NewRedisClient(c.RedisURL)
	if err != nil {
		return nil, err
	}
	if err := store.TraceRedis(client, traces); err != nil {
		return nil, errors.Join(err, client.Close())
	}
	if err := pingRedis(ctx, client, time.Second); err != nil {
		c.Log.WarnContext(ctx, "Redis is unavailable; the node runs without it", slog.Any("error", err))
	}
	return client, nil
}

// pingRedis returns an error if Redis does not answer in time.
func pingRedis(ctx context.Context, client redis.UniversalClient, timeout time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	return client.Ping(ctx).Err()
}
