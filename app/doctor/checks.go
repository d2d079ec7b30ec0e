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

// checks returns all checks, in the order of the table.
func (d *Doctor) checks() []check {
	list := []check{ //nolint:prealloc // it is a table
		{"postgresql", d.checkPostgreSQL},
		{"migrations", d.withDatabase(d.checkMigrations)},
		{"redis", d.checkRedis},
		{"node", d.checkNode},
		{"postgresql clock", d.withDatabase(d.checkPostgreSQLClock)},
		{"redis clock", d.checkRedisClock},
		{"event log", d.withDatabase(d.checkEventLog)},
		{"event log partitions", d.withDatabase(d.checkPartitions)},
		{"long transactions", d.withDatabase(d.checkTransactions)},
		{"connections", d.withDatabase(d.checkConnections)},
		{"replicas", d.checkReplicas},
		{"missing indexes", d.withDatabase(d.checkMissingIndexes)},
		{"unused indexes", d.withDatabase(d.checkUnusedIndexes)},
		{"dead rows", d.withDatabase(d.checkDeadRows)},
		{"transaction id age", d.withDatabase(d.checkWraparound)},
		{"orphans", d.withDatabase(d.checkOrphans)},
		{"signing keys", d.withDatabase(d.checkSigningKeys)},
		{"redis memory", d.checkRedisMemory},
	}
	return append(append(list, d.serverSettingChecks()...), d.nodeSettingChecks()...)
}

func (d *Doctor) checkPostgreSQL(ctx context.Context) (Finding, error) {
	const minVersion = 150000
	if d.pool == nil {
		return critical(fmt.Sprintf("PostgreSQL is unavailable: %v.", d.poolErr),
			"Check that it runs, that this machine can reach it, and the host, user and password in AISLE_DATABASE_URL."), nil
	}
	begun := time.Now()
	s, err := pgstats.ReadServerInfo(ctx, d.pool)
	took := time.Since(begun)
	switch {
	case err != nil:
		return critical(fmt.Sprintf("PostgreSQL does not answer: %v.", err), "See the log of PostgreSQL."), nil
	case s.VersionNumber < minVersion:
		return critical(fmt.Sprintf("PostgreSQL %s is too old.", s.Version), "Upgrade to PostgreSQL 15 or newer."), nil
	case s.InRecovery:
		return critical("AISLE_DATABASE_URL is the URL of a replica, which accepts no writes.",
			"Set it to the primary, or to several hosts with target_session_attrs=read-write."), nil
	case !s.CanReadAllStats:
		return warning(fmt.Sprintf("PostgreSQL %s answers, but the role %s can see its own connections only.", s.Version, s.Role),
			fmt.Sprintf("Run GRANT pg_monitor TO %s: without it, the doctor does not see long transactions and other clients.", s.Role)), nil
	default:
		return ok("PostgreSQL %s answers in %s.", s.Version, formatDuration(took)), nil
	}
}

func (d *Doctor) checkMigrations(ctx context.Context, db store.DB) (Finding, error) {
	current, latest, err := postgres.SchemaVersion(ctx, db)
	switch {
	case err != nil:
		return Finding{}, err
	case current < latest:
		return critical(fmt.Sprintf("The database is at migration %d, this version of Aisle needs %d.", current, latest),
			"Run `aisle migrate up`."), nil
	case current > latest:
		return warning(fmt.Sprintf("The database is at migration %d, but this version of Aisle knows only %d.", current, latest),
			"Run the doctor of the version that the nodes run."), nil
	default:
		return ok("The database is at migration %d, the latest.", current), nil
	}
}

func (d *Doctor) checkRedis(ctx context.Context) (Finding, error) {
	const remedy = "Nodes work without Redis, but more slowly and with rate limits of their own. Check that it runs, and AISLE_REDIS_URL."
	if d.redis == nil {
		return warning(fmt.Sprintf("Redis is not checked: %v.", d.redisErr), "Set --redis-url (AISLE_REDIS_URL)."), nil
	}
	begun := time.Now()
	r, err := pgstats.ReadRedisInfo(ctx, d.redis)
	if err != nil {
		return critical(fmt.Sprintf("Redis is unavailable: %v.", err), remedy), nil
	}
	return ok("Redis %s answers in %s.", r.Version, formatDuration(time.Since(begun)/2)), nil // two round trips
}

// checkNode asks the node at the admin address whether it is ready.
func (d *Doctor) checkNode(ctx context.Context) (Finding, error) {
	status, text, err := d.getAdmin(ctx, "/readyz")
	switch {
	case err != nil:
		return warning(fmt.Sprintf("No node answers at %s.", d.config.AdminAddr), //nolint:nilerr // the error is the finding
			"Set --admin-addr (AISLE_ADMIN_ADDR) to the admin address of a running node."), nil
	case status != http.StatusOK:
		return critical(fmt.Sprintf("The node at %s is not ready: %s.", d.config.AdminAddr, firstLine(text)), "See the log of the node."), nil
	default:
		return ok("The node at %s is ready.", d.config.AdminAddr), nil
	}
}

// getAdmin requests a page from the node's admin address.
func (d *Doctor) getAdmin(ctx context.Context, path string) (status int, text []byte, err error) {
	const maxBytes = 64 << 20
	host, port, err := net.SplitHostPort(d.config.AdminAddr)
	if err != nil {
		return 0, nil, fmt.Errorf("parse the admin address: %w", err)
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(host, port)+path, http.NoBody)
	if err != nil {
		return 0, nil, fmt.Errorf("request %s from the node: %w", path, err)
	}
	response, err := d.http.Do(request)
	if err != nil {
		return 0, nil, fmt.Errorf("request %s from the node: %w", path, err)
	}
	defer response.Body.Close()
	text, err = io.ReadAll(io.LimitReader(response.Body, maxBytes))
	if err != nil {
		return 0, nil, fmt.Errorf("%s: %w", "request "+path+" from the node", err)
	}
	return response.StatusCode, text, nil
}

func (d *Doctor) checkPostgreSQLClock(ctx context.Context, db store.DB) (Finding, error) {
	return d.compareClocks("PostgreSQL", func() (time.Time, error) {
		s, err := pgstats.ReadServerInfo(ctx, db)
		return s.Now, err
	})
}

func (d *Doctor) checkRedisClock(ctx context.Context) (Finding, error) {
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

// compareClocks reports the minimum difference between a server's clock and that of this machine. The request takes time,
// so the true difference may be larger.
func (d *Doctor) compareClocks(server string, read func() (time.Time, error)) (Finding, error) {
	const warningDiff, criticalDiff = time.Second, 30 * time.Second
	const remedy = "Synchronize the clocks of all machines by NTP (for example chrony): tokens, due times and prices depend on them."
	before := d.config.Now()
	remote, err := read()
	after := d.config.Now()
	if err != nil {
		return Finding{}, err
	}
	diff := max(0, before.Sub(remote), remote.Sub(after))
	message := fmt.Sprintf("The clocks of this machine and of %s differ by %s.", server, formatDuration(diff))
	switch {
	case diff > criticalDiff:
		return critical(message, remedy), nil
	case diff > warningDiff:
		return warning(message, remedy), nil
	default:
		return ok("The clocks of this machine and of %s differ by less than %s.", server, formatDuration(max(diff, after.Sub(before)))), nil
	}
}
