// Package doctor checks the PostgreSQL, Redis, settings and node of a chain, and reports problems and their remedies. It
// changes nothing.
package doctor

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	goredis "github.com/redis/go-redis/v9"
	"golang.org/x/sync/errgroup"

	"aisle/store"
	"aisle/store/postgres"
	"aisle/store/redis"
)

// Status is the severity of a finding.
type Status string

// The statuses, in the order of their severity.
const (
	OK       Status = "ok"
	Warning  Status = "warning"  // works, but needs attention
	Critical Status = "critical" // does not work, or soon will not
)

// Finding is the result of a check.
type Finding struct {
	Check   string `json:"check"`
	Status  Status `json:"status"`
	Message string `json:"message"`
	Remedy  string `json:"remedy,omitempty"` // empty if the status is OK
}

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

// maxConcurrent is the number of checks that run at the same time. Each uses at most one connection to PostgreSQL.
const maxConcurrent = 4

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

// Run runs all checks, each with its own timeout, and returns their findings in the order of the table. A check that cannot
// be made is a finding, too.
func (d *Doctor) Run(ctx context.Context) []Finding {
	checks := d.checks()
	found := make([]Finding, len(checks))
	var group errgroup.Group
	group.SetLimit(maxConcurrent)
	for i, c := range checks {
		group.Go(func() error {
			found[i] = d.run(ctx, c)
			return nil
		})
	}
	_ = group.Wait() // nothing fails
	return found
}

func (d *Doctor) run(ctx context.Context, c check) Finding {
	ctx, cancel := context.WithTimeout(ctx, d.config.Timeout)
	defer cancel()
	f, err := c.run(ctx)
	if err != nil {
		f = notChecked(err)
	}
	f.Check = c.name
	return f
}

// Errors of checks that need a server that is unavailable.
var (
	errNoDatabase = errors.New("PostgreSQL is unavailable")
	errNoRedis    = errors.New("Redis is unavailable") //nolint:staticcheck // Redis is a name
)

// Error codes of PostgreSQL.
const (
	insufficientPrivilege = "42501"
	undefinedTable        = "42P01"
	undefinedColumn       = "42703"
	undefinedSchema       = "3F000"
)

// notChecked returns the finding of a check that failed with an error.
func notChecked(err error) Finding {
	code := new(pgconn.PgError)
	switch {
	case errors.Is(err, errNoDatabase):
		return warning("Not checked: PostgreSQL is unavailable.", "Resolve the finding of the check postgresql first.")
	case errors.Is(err, errNoRedis):
		return warning("Not checked: Redis is unavailable.", "Resolve the finding of the check redis first.")
	case errors.Is(err, context.DeadlineExceeded):
		return warning("Not checked: the check timed out.",
			"Run it again with a longer --timeout, or find out what keeps PostgreSQL or Redis busy.")
	case errors.As(err, &code) && code.Code == insufficientPrivilege:
		return warning(fmt.Sprintf("Not checked: the role lacks the privilege (%s).", code.Message),
			"Run GRANT pg_monitor, pg_read_all_data TO the role, or use the role of the nodes.")
	case errors.As(err, &code) && (code.Code == undefinedTable || code.Code == undefinedSchema || code.Code == undefinedColumn):
		return warning(fmt.Sprintf("Not checked: the schema of the database is of another version (%s).", code.Message),
			"Resolve the finding of the check migrations first.")
	default:
		return warning(fmt.Sprintf("Not checked: %v.", err), "Resolve the error and run the doctor again.")
	}
}

func ok(format string, args ...any) Finding {
	return Finding{Status: OK, Message: fmt.Sprintf(format, args...)}
}

func warning(message, remedy string) Finding {
	return Finding{Status: Warning, Message: message, Remedy: remedy}
}

func critical(message, remedy string) Finding {
	return Finding{Status: Critical, Message: message, Remedy: remedy}
}

// Worst returns the most severe status of the findings.
func Worst(found []Finding) Status {
	worst := OK
	for _, f := range found {
		if f.Status == Critical || worst == OK {
			worst = f.Status
		}
		if worst == Critical {
			break
		}
	}
	return worst
}

// withDatabase makes a check of one that reads from PostgreSQL.
func (d *Doctor) withDatabase(run func(ctx context.Context, db store.DB) (Finding, error)) func(ctx context.Context) (Finding, error) {
	return func(ctx context.Context) (Finding, error) {
		if d.pool == nil {
			return Finding{}, errNoDatabase
		}
		return run(ctx, d.pool)
	}
}
