// Package doctor checks the PostgreSQL, Redis, settings and node of a chain, and reports problems and their remedies. It
// changes nothing.
package doctor

import (
	"context"
	"errors"
	"net/http"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"aisle/store"
	"aisle/store/postgres"
	"aisle/store/redis"
)

// Config says what to check. What is missing is reported as not checked.
type Config struct {
	DatabaseURL       string
	ReplicaURLs       []string
	RedisURL          string
	Secret            []byte
	AdminAddr         string // of a running node
	MaxConns          int    // of each node to PostgreSQL
	AccessTTL         time.Duration
	AllowedOrigins    []string
	AllowsAnyDocument bool          // clients may send documents that are not registered
	Timeout           time.Duration // of each check; 5 s if zero
	Now               func() time.Time
}

// A Doctor checks one chain. Close releases its connections.
type Doctor struct {
	config   Config
	pool     *postgres.Pool          // nil if PostgreSQL is unavailable
	poolErr  error                   // why pool is nil
	redis    goredis.UniversalClient // nil without a valid URL
	redisErr error                   // why redis is nil
	http     *http.Client
}

// New connects to PostgreSQL and Redis. A server that is unavailable becomes a finding.
func New(ctx context.Context, config Config) *Doctor {
	const defaultTimeout = 5 * time.Second
	if config.Timeout == 0 {
		config.Timeout = defaultTimeout
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	d := &Doctor{config: config, http: &http.Client{Timeout: config.Timeout, Transport: &http.Transport{DisableKeepAlives: true}}}
	ctx, cancel := context.WithTimeout(ctx, config.Timeout)
	defer cancel()
	d.pool, d.poolErr = postgres.Open(ctx, config.DatabaseURL, postgres.Options{MaxConns: maxConcurrent})
	if config.RedisURL == "" {
		d.redisErr = errors.New("--redis-url (AISLE_REDIS_URL) is missing")
	} else {
		d.redis, d.redisErr = redis.NewClient(config.RedisURL)
	}
	return d
}

// Close closes all connections.
func (d *Doctor) Close() {
	if d.pool != nil {
		d.pool.Close()
	}
	if d.redis != nil {
		_ = d.redis.Close() // nothing was written
	}
}

// check checks one thing. Run fills in the Check field of its finding.
type check struct {
	name string
	run  func(ctx context.Context) (Finding, error)
}

// Errors of checks that need a server that is unavailable.
var (
	errNoDatabase = errors.New("PostgreSQL is unavailable")
	errNoRedis    = errors.New("Redis is unavailable") //nolint:staticcheck // Redis is a name
)

// withDatabase makes a check of one that reads from PostgreSQL.
func (d *Doctor) withDatabase(run func(ctx context.Context, db store.DB) (Finding, error)) func(ctx context.Context) (Finding, error) {
	return func(ctx context.Context) (Finding, error) {
		if d.pool == nil {
			return Finding{}, errNoDatabase
		}
		return run(ctx, d.pool)
	}
}

// maxConcurrent is the number of checks that run at the same time. Each uses at most one connection to PostgreSQL.
const maxConcurrent = 4
