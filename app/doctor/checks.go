package doctor

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"aisle/store"
	"aisle/store/pgstats"
	"aisle/store/postgres"
)

// checks are all checks, in the order of the table.
func (d *Doctor) checks() []check {
	list := []check{ //nolint:prealloc // it is a table
		{"postgresql", d.postgres},
		{"migrations", d.onDatabase(d.migrations)},
		{"redis", d.askRedis},
		{"node", d.node},
		{"clock of postgresql", d.onDatabase(d.clock)},
		{"clock of redis", d.redisClock},
		{"event log", d.onDatabase(d.log)},
		{"event log's days", d.onDatabase(d.days)},
		{"long transactions", d.onDatabase(d.transactions)},
		{"connections", d.onDatabase(d.connections)},
		{"replicas", d.replicas},
		{"missing indexes", d.onDatabase(d.missingIndexes)},
		{"unused indexes", d.onDatabase(d.unusedIndexes)},
		{"dead rows", d.onDatabase(d.deadRows)},
		{"transaction ids", d.onDatabase(d.wraparound)},
		{"orphans", d.onDatabase(d.orphans)},
		{"signing keys", d.onDatabase(d.keys)},
		{"redis memory", d.redisMemory},
	}
	return append(append(list, d.settingChecks()...), d.ownSettings()...)
}

func (d *Doctor) postgres(ctx context.Context) (Finding, error) {
	const oldest = 150000
	if d.pool == nil {
		return fault(fmt.Sprintf("PostgreSQL does not answer: %v.", d.away),
			"See that it runs, that this machine reaches it, and that AISLE_DATABASE_URL has the right host, user and password."), nil
	}
	begun := time.Now()
	s, err := pgstats.ReadServerInfo(ctx, d.pool)
	took := time.Since(begun)
	switch {
	case err != nil:
		return fault(fmt.Sprintf("PostgreSQL does not answer: %v.", err), "See its log."), nil
	case s.VersionNumber < oldest:
		return fault(fmt.Sprintf("PostgreSQL is %s.", s.Version), "Aisle needs PostgreSQL 15 or newer."), nil
	case s.InRecovery:
		return fault("AISLE_DATABASE_URL leads to a replica, which takes no writes.",
			"Give the primary, or several hosts with target_session_attrs=read-write."), nil
	case !s.CanReadAllStats:
		return warn(fmt.Sprintf("PostgreSQL %s answers, and the role %s sees only its own connections there.", s.Version, s.Role),
			fmt.Sprintf("GRANT pg_monitor TO %s: without it long transactions and other clients stay unseen.", s.Role)), nil
	default:
		return ok("PostgreSQL %s answers in %s.", s.Version, brief(took)), nil
	}
}

func (d *Doctor) migrations(ctx context.Context, db store.DB) (Finding, error) {
	has, knows, err := postgres.SchemaVersion(ctx, db)
	switch {
	case err != nil:
		return Finding{}, err
	case has < knows:
		return fault(fmt.Sprintf("The database is at migration %d, this version of Aisle is at %d.", has, knows), "Run `aisle migrate up`."), nil
	case has > knows:
		return warn(fmt.Sprintf("The database is at migration %d, this version of Aisle knows %d.", has, knows),
			"Use the doctor of the version that the nodes run."), nil
	default:
		return ok("The database is at migration %d, the newest.", has), nil
	}
}

func (d *Doctor) askRedis(ctx context.Context) (Finding, error) {
	const remedy = "Nodes work without it, slower, each with its own limits. See that it runs, and that AISLE_REDIS_URL is right."
	if d.redis == nil {
		return warn(fmt.Sprintf("Redis is not checked: %v.", d.noRedis), "Give --redis-url (AISLE_REDIS_URL)."), nil
	}
	begun := time.Now()
	r, err := pgstats.ReadRedisInfo(ctx, d.redis)
	if err != nil {
		return fault(fmt.Sprintf("Redis does not answer: %v.", err), remedy), nil
	}
	return ok("Redis %s answers in %s.", r.Version, brief(time.Since(begun)/2)), nil // it was asked twice
}

// node asks the node beside it whether it is ready.
func (d *Doctor) node(ctx context.Context) (Finding, error) {
	status, text, err := d.admin(ctx, "/readyz")
	switch {
	case err != nil:
		return warn(fmt.Sprintf("No node answers at %s.", d.config.AdminAddr), //nolint:nilerr // it is the finding
			"Give the --admin-addr (AISLE_ADMIN_ADDR) of one that should run."), nil
	case status != http.StatusOK:
		return fault(fmt.Sprintf("The node at %s is not ready: %s.", d.config.AdminAddr, firstLine(text)), "Its log says why."), nil
	default:
		return ok("The node at %s is ready.", d.config.AdminAddr), nil
	}
}

// admin reads a page of the node's admin port.
func (d *Doctor) admin(ctx context.Context, path string) (status int, text []byte, err error) {
	const most = 64 << 20
	host, port, err := net.SplitHostPort(d.config.AdminAddr)
	if err != nil {
		return 0, nil, fmt.Errorf("read the admin address: %w", err)
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(host, port)+path, http.NoBody)
	if err != nil {
		return 0, nil, fmt.Errorf("ask the node: %w", err)
	}
	response, err := d.http.Do(request)
	if err != nil {
		return 0, nil, fmt.Errorf("ask the node: %w", err)
	}
	defer response.Body.Close()
	text, err = io.ReadAll(io.LimitReader(response.Body, most))
	return response.StatusCode, text, store.Wrap("ask the node", err)
}

func (d *Doctor) clock(ctx context.Context, db store.DB) (Finding, error) {
	return d.compareClocks("PostgreSQL", func() (time.Time, error) {
		s, err := pgstats.ReadServerInfo(ctx, db)
		return s.Now, err
	})
}

func (d *Doctor) redisClock(ctx context.Context) (Finding, error) {
	if d.redis == nil {
		return Finding{}, errNoRedis
	}
	return d.compareClocks("Redis", func() (time.Time, error) {
		now, err := d.redis.Time(ctx).Result()
		if err != nil {
			err = errNoRedis
		}
		return now, err
	})
}

// compareClocks says how far a clock is from this machine's, at least: the answer takes time, too.
func (d *Doctor) compareClocks(whose string, read func() (time.Time, error)) (Finding, error) {
	const much, tooMuch = time.Second, 30 * time.Second
	const remedy = "Let all machines keep their clocks by NTP (chrony): tokens, due times and prices go by them."
	before := d.config.Now()
	theirs, err := read()
	after := d.config.Now()
	if err != nil {
		return Finding{}, err
	}
	off := max(0, before.Sub(theirs), theirs.Sub(after))
	says := fmt.Sprintf("The clocks of this machine and of %s are %s apart.", whose, brief(off))
	switch {
	case off > tooMuch:
		return fault(says, remedy), nil
	case off > much:
		return warn(says, remedy), nil
	default:
		return ok("The clocks of this machine and of %s agree to %s.", whose, brief(max(off, after.Sub(before)))), nil
	}
}
