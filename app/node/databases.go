package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	goredis "github.com/redis/go-redis/v9"
	"go.opentelemetry.io/otel/trace"

	"aisle/store/postgres"
	"aisle/store/redis"
	"aisle/store/replica"
)

// databases are the connections to PostgreSQL and Redis.
type databases struct {
	pool    *postgres.Pool
	router  *replica.Router // of reads, to the pool or to replicas
	redis   goredis.UniversalClient
	breaker *redis.Breaker // of Redis
}

// openDatabases connects to PostgreSQL, which must be migrated, and makes the client of Redis, which may be unavailable.
func openDatabases(ctx context.Context, c Config, traces trace.TracerProvider) (*databases, error) {
	pool, err := openPool(ctx, c, traces)
	if err != nil {
		return nil, err
	}
	router, err := replica.Open(ctx, pool, c.replicaURLs(), poolOptions(c, traces))
	if err != nil {
		pool.Close()
		return nil, err
	}
	client, err := openRedis(ctx, c, traces)
	if err != nil {
		router.Close()
		pool.Close()
		return nil, err
	}
	breaker := redis.NewBreaker(c.Log) //nolint:contextcheck // it logs for no request
	return &databases{pool, router, client, breaker}, nil
}

func (d *databases) close() {
	_ = d.redis.Close() // nothing is written at closing
	d.router.Close()
	d.pool.Close()
}

func poolOptions(c Config, traces trace.TracerProvider) postgres.Options {
	return postgres.Options{MaxConns: c.DatabaseMaxConns, StatementTimeout: c.RequestTimeout, Traces: traces}
}

func openPool(ctx context.Context, c Config, traces trace.TracerProvider) (*postgres.Pool, error) {
	pool, err := postgres.Open(ctx, c.DatabaseURL, poolOptions(c, traces))
	if err != nil {
		return nil, err
	}
	if err := postgres.CheckMigrated(ctx, pool); err != nil {
		pool.Close()
		return nil, err
	}
	return pool, nil
}

func openRedis(ctx context.Context, c Config, traces trace.TracerProvider) (goredis.UniversalClient, error) {
	redis.SetLogger(c.Log)
	client, err := redis.NewClient(c.RedisURL)
	if err != nil {
		return nil, err
	}
	if err := redis.InstrumentTracing(client, traces); err != nil {
		return nil, errors.Join(err, client.Close())
	}
	if err := pingRedis(ctx, client, time.Second); err != nil {
		c.Log.WarnContext(ctx, "Redis is unavailable; the node runs without it", slog.Any("error", err))
	}
	return client, nil
}

// pingRedis returns an error if Redis does not answer in time.
func pingRedis(ctx context.Context, client goredis.UniversalClient, timeout time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	if err := client.Ping(ctx).Err(); err != nil {
		return fmt.Errorf("ping Redis: %w", err)
	}
	return nil
}
