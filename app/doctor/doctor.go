// Package doctor looks at a chain's PostgreSQL, its Redis, its settings and the node beside it, and says what is wrong with
// them and what to do. It changes nothing.
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

// Status is how bad a finding is.
type Status string

// The statuses, the good one first.
const (
	OK      Status = "ok"
	Warning Status = "warning" // it works, and should be looked after
	Fault   Status = "fault"   // something does not work, or soon will not
)

// Finding is what a check found.
type Finding struct {
	Check  string `json:"check"`
	Status Status `json:"status"`
	Says   string `json:"says"`             // a sentence
	Remedy string `json:"remedy,omitempty"` // what to do; empty when all is well
}

// Config is what is looked at. A part that is not told is said to be not checked.
type Config struct {
	DatabaseURL string
	ReplicaURLs []string
	RedisURL    string
	Secret      []byte
	AdminAddr   string // of the node beside it
	Conns       int    // that each node may have to PostgreSQL
	AccessTTL   time.Duration
	Origins     []string
	AnyDocument bool          // clients may send what is not registered
	Patience    time.Duration // for each check; 5 s
	Now         func() time.Time
}

// Doctor looks at one chain. Close it.
type Doctor struct {
	config  Config
	pool    *postgres.Pool          // nil when PostgreSQL does not answer
	away    error                   // why it does not
	redis   goredis.UniversalClient // nil without a URL that can be read
	noRedis error                   // why
	http    *http.Client
}

// atOnce is how many checks run at once: each has a connection to PostgreSQL at most.
const atOnce = 4

// New connects to what answers.
func New(ctx context.Context, config Config) *Doctor {
	const patience = 5 * time.Second
	if config.Patience == 0 {
		config.Patience = patience
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	d := &Doctor{config: config, http: &http.Client{Timeout: config.Patience, Transport: &http.Transport{DisableKeepAlives: true}}}
	ctx, cancel := context.WithTimeout(ctx, config.Patience)
	defer cancel()
	d.pool, d.away = postgres.Open(ctx, config.DatabaseURL, postgres.Options{MaxConns: atOnce})
	if config.RedisURL == "" {
		d.noRedis = errors.New("no URL of Redis was given (AISLE_REDIS_URL)")
	} else {
		d.redis, d.noRedis = redis.NewClient(config.RedisURL)
	}
	return d
}

// Close lets go of all connections.
func (d *Doctor) Close() {
	if d.pool != nil {
		d.pool.Close()
	}
	if d.redis != nil {
		_ = d.redis.Close() // nothing was written
	}
}

// check looks at one thing. Its finding needs no name, which is the check's.
type check struct {
	name string
	run  func(ctx context.Context) (Finding, error)
}

// Examine makes all checks, each within its own time, and gives what they found, in the order of the table. A check that
// fails says so, and stops no other.
func (d *Doctor) Examine(ctx context.Context) []Finding {
	checks := d.checks()
	found := make([]Finding, len(checks))
	var group errgroup.Group
	group.SetLimit(atOnce)
	for i, c := range checks {
		group.Go(func() error {
			found[i] = d.make(ctx, c)
			return nil
		})
	}
	_ = group.Wait() // nothing fails
	return found
}

func (d *Doctor) make(ctx context.Context, c check) Finding {
	ctx, cancel := context.WithTimeout(ctx, d.config.Patience)
	defer cancel()
	f, err := c.run(ctx)
	if err != nil {
		f = unknown(err)
	}
	f.Check = c.name
	return f
}

// A check needs what does not answer.
var (
	errNoDatabase = errors.New("no answer of PostgreSQL")
	errNoRedis    = errors.New("no answer of Redis")
)

// What PostgreSQL answers to who may not, and where something is not there.
const (
	insufficientPrivilege = "42501"
	undefinedTable        = "42P01"
	undefinedColumn       = "42703"
	undefinedSchema       = "3F000"
)

// unknown is the finding of a check that could not be made.
func unknown(err error) Finding {
	code := new(pgconn.PgError)
	switch {
	case errors.Is(err, errNoDatabase):
		return warn("Not checked: PostgreSQL does not answer.", "See to the check postgresql first.")
	case errors.Is(err, errNoRedis):
		return warn("Not checked: Redis does not answer.", "See to the check redis first.")
	case errors.Is(err, context.DeadlineExceeded):
		return warn("Not checked: it took too long.", "Ask again with a longer --patience, or see what keeps PostgreSQL or Redis busy.")
	case errors.As(err, &code) && code.Code == insufficientPrivilege:
		return warn(fmt.Sprintf("Not checked: the role may not (%s).", code.Message),
			"GRANT pg_monitor, pg_read_all_data TO it, or use the nodes' role.")
	case errors.As(err, &code) && (code.Code == undefinedTable || code.Code == undefinedSchema || code.Code == undefinedColumn):
		return warn(fmt.Sprintf("Not checked: the database is not that of this version (%s).", code.Message),
			"See to the check migrations first.")
	default:
		return warn(fmt.Sprintf("Not checked: %v.", err), "See what the reason says, and ask again.")
	}
}

func ok(format string, args ...any) Finding {
	return Finding{Status: OK, Says: fmt.Sprintf(format, args...)}
}

func warn(says, remedy string) Finding { return Finding{Status: Warning, Says: says, Remedy: remedy} }

func fault(says, remedy string) Finding { return Finding{Status: Fault, Says: says, Remedy: remedy} }

// Worst is the status of all of them together.
func Worst(found []Finding) Status {
	worst := OK
	for _, f := range found {
		if f.Status == Fault || worst == OK {
			worst = f.Status
		}
		if worst == Fault {
			break
		}
	}
	return worst
}

// onDatabase is a check that asks PostgreSQL.
func (d *Doctor) onDatabase(run func(ctx context.Context, db store.DB) (Finding, error)) func(ctx context.Context) (Finding, error) {
	return func(ctx context.Context) (Finding, error) {
		if d.pool == nil {
			return Finding{}, errNoDatabase
		}
		return run(ctx, d.pool)
	}
}
