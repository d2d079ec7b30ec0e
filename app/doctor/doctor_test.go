package doctor

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"aisle/auth"
	"aisle/store/access"
	"aisle/store/postgres"
)

const day = 24 * time.Hour

// insertEmployee adds an employee of a store that does not exist.
const insertEmployee = `INSERT INTO staff.employee (id, store_id, display_name, login, role, hired_on)
	VALUES (gen_random_uuid(), gen_random_uuid(), 'A', 'a', 'ASSOCIATE', '2026-01-01')`

// TestDoctorFindsNothingWrong covers the OK status of each check.
func TestDoctorFindsProblems(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		arrange []string
		ahead   time.Duration
		change  func(*Config)
		check   string
		status  Status
		message string
	}{
		"old schema": {
			[]string{"DELETE FROM goose_db_version WHERE version_id = (SELECT max(version_id) FROM goose_db_version)"},
			0, nil, "migrations", Critical, "The database is at migration",
		},
		"new schema":            {[]string{"INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, true)"}, 0, nil, "migrations", Warning, "9999"},
		"clock":                 {nil, 5 * time.Second, nil, "postgresql clock", Warning, "differ by"},
		"clock of another year": {nil, 400 * day, nil, "postgresql clock", Critical, "differ by"},
		"few days":              {nil, 6 * day, nil, "event log partitions", Warning, "for 2 days"},
		"no day":                {nil, 20 * day, nil, "event log partitions", Critical, "no partition for today"},
		"large pools":           {nil, 0, func(c *Config) { c.MaxConns = 10_000 }, "connections", Critical, "more than are available"},
		"missing index":         {[]string{"DROP INDEX tasks.task_due_idx"}, 0, nil, "missing indexes", Critical, "tasks.task_due_idx"},
		"missing rule":          {[]string{"ALTER TABLE stores.store DROP CONSTRAINT store_code_key"}, 0, nil, "missing indexes", Critical, "stores.store_code_key"},
		"broken index": {
			[]string{"UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'tasks.task_due_idx'::regclass"},
			0, nil, "missing indexes", Critical, "invalid",
		},
		"unused index": {
			[]string{"UPDATE pg_class SET reltuples = 20000 WHERE oid = 'tasks.task'::regclass"},
			30 * day, nil, "unused indexes", Warning, "tasks.task_due_idx",
		},
		"orphan":        {[]string{insertEmployee}, 0, nil, "orphans", Warning, "stores.store in staff.employee.store_id"},
		"no keys":       {nil, 0, nil, "signing keys", Warning, "no signing keys"},
		"no replica":    {nil, 0, func(c *Config) { c.ReplicaURLs = []string{c.DatabaseURL} }, "replicas", Critical, "replica 1 is a primary"},
		"dead replica":  {nil, 0, func(c *Config) { c.ReplicaURLs = []string{"postgres://127.0.0.1:1/x"} }, "replicas", Critical, "replica 1 is unavailable"},
		"no redis":      {nil, 0, nil, "redis", Warning, "--redis-url (AISLE_REDIS_URL) is missing"},
		"dead redis":    {nil, 0, func(c *Config) { c.RedisURL = "redis://127.0.0.1:1" }, "redis", Critical, "Redis is unavailable"},
		"no node":       {nil, 0, nil, "node", Warning, "No node answers"},
		"no secret":     {nil, 0, func(c *Config) { c.Secret = nil }, "AISLE_SECRET", Warning, "the secret is missing"},
		"weak secret":   {nil, 0, func(c *Config) { c.Secret = []byte(strings.Repeat("ab", 20)) }, "AISLE_SECRET", Critical, "easy to guess"},
		"short secret":  {nil, 0, func(c *Config) { c.Secret = []byte("0123456789abcdef") }, "AISLE_SECRET", Critical, "shorter"},
		"open admin":    {nil, 0, func(c *Config) { c.AdminAddr = ":9090" }, "AISLE_ADMIN_ADDR", Warning, "all networks"},
		"public admin":  {nil, 0, func(c *Config) { c.AdminAddr = "8.8.8.8:9090" }, "AISLE_ADMIN_ADDR", Critical, "public"},
		"all origins":   {nil, 0, func(c *Config) { c.AllowedOrigins = []string{"*"} }, "AISLE_CORS_ALLOWED_ORIGINS", Critical, "every site"},
		"open origin":   {nil, 0, func(c *Config) { c.AllowedOrigins = []string{"http://a.example"} }, "AISLE_CORS_ALLOWED_ORIGINS", Warning, "a.example"},
		"any document":  {nil, 0, func(c *Config) { c.AllowsAnyDocument = true }, "AISLE_OPERATION_POLICY", Warning, "any document"},
		"open database": {nil, 0, func(c *Config) { c.DatabaseURL = "postgres://a:b@192.0.2.1/a?connect_timeout=1" }, "AISLE_DATABASE_URL", Warning, "may be unencrypted"},
		"wrong URL":     {nil, 0, func(c *Config) { c.DatabaseURL = "postgres://a:b@[" }, "AISLE_DATABASE_URL", Critical, "is invalid"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			chain := newChain(t)
			chain.do(c.arrange...)
			config := chain.config(c.ahead)
			config.Timeout = 10 * time.Second
			if c.change != nil {
				c.change(&config)
			}

			finding(t, config, c.check).want(t, c.status, c.message)
		})
	}
}

func TestDoctorFindsNothingWrong(t *testing.T) {
	t.Parallel()
	c := newChain(t)
	config := c.config(0)
	makeKey(t, c.url)
	config.RedisURL = startRedis(t, "--maxmemory", "64mb", "--maxmemory-policy", "allkeys-lru")
	config.AdminAddr = startNode(t, http.StatusOK, "ready")
	at, err := url.Parse(c.url)
	if err != nil {
		t.Fatal(err)
	}
	for _, setting := range []string{"random_page_cost = 1.1", "statement_timeout = '10s'", "idle_in_transaction_session_timeout = '60s'"} {
		c.do("ALTER DATABASE " + strings.TrimPrefix(at.Path, "/") + " SET " + setting)
	}

	for _, f := range runChecks(t, config) {
		switch f.Check {
		case "fsync", "full_page_writes", "synchronous_commit", "shared_buffers": // the test cluster trades safety for speed
		case "postgresql": // the role of the test lacks pg_monitor
		default:
			f.want(t, OK, "")
		}
	}
}

func makeKey(t *testing.T, database string) {
	t.Helper()
	pool, err := postgres.Open(t.Context(), database, postgres.Options{MaxConns: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	ring, err := auth.NewKeyring(auth.KeyringConfig{
		Keys: access.NewKeyStore(pool), Secret: []byte(secret), TTL: time.Minute, Log: slog.New(slog.DiscardHandler), Now: time.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := ring.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// startNode starts a server that responds like a node's admin address.
func startNode(t *testing.T, status int, line string) (address string) {
	t.Helper()
	node := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = fmt.Fprintln(w, line)
	}))
	t.Cleanup(node.Close)
	return strings.TrimPrefix(node.URL, "http://")
}

func TestNodeThatIsNotReadyIsCritical(t *testing.T) {
	t.Parallel()
	config := newChain(t).config(0)
	config.AdminAddr = startNode(t, http.StatusServiceUnavailable, "draining")

	finding(t, config, "node").want(t, Critical, "draining")
}

// During a rolling restart, there is one more node for a while.
func TestDoctorFindsThatConnectionsForAnotherNodeAreMissing(t *testing.T) {
	t.Parallel()
	c := newChain(t)
	config := c.config(0)
	if err := c.admin.QueryRow(t.Context(), `
		SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int`).Scan(&config.MaxConns); err != nil {
		t.Fatal(err)
	}

	finding(t, config, "connections").want(t, Warning, "one more node")
}

// Connections to other databases do not count towards the limit of this one.
func TestConnectionLimitOfTheDatabaseApplies(t *testing.T) {
	t.Parallel()
	c := newChain(t)
	c.do(`DO $$ BEGIN EXECUTE format('ALTER DATABASE %I CONNECTION LIMIT 12', current_database()); END $$`)
	elsewhere := newChain(t)
	for range 12 {
		elsewhere.connect()
	}
	config := c.config(0)

	config.MaxConns = 5
	finding(t, config, "connections").want(t, OK, "of 12 connections are in use (the CONNECTION LIMIT of the database is 12)")
	config.MaxConns = 13
	finding(t, config, "connections").want(t, Critical, "A single node")
}

func TestSigningKeysAreCheckedAgainstSecretAndClock(t *testing.T) {
	t.Parallel()
	c := newChain(t)
	makeKey(t, c.url)

	finding(t, c.config(0), "signing keys").want(t, OK, "")
	finding(t, c.config(40*day), "signing keys").want(t, Warning, "40 days old")
	finding(t, c.config(-day), "signing keys").want(t, Critical, "No signing key is active")
	other := c.config(0)
	other.Secret = []byte(strings.ToUpper(secret) + "!")
	finding(t, other, "signing keys").want(t, Critical, "does not decrypt the signing keys")
}

func TestDoctorFindsTransactionThatBlocksTheEventLog(t *testing.T) {
	t.Parallel()
	c := newChain(t)
	c.do("GRANT pg_monitor TO " + roleOf(t, c.url))
	finding(t, c.config(2*time.Minute), "event log").want(t, OK, "")
	forgotten := c.connect()
	pid := fmt.Sprintf("process %d of", forgotten.PgConn().PID())
	if f := finding(t, c.config(2*time.Minute), "long transactions"); strings.Contains(f.Message, pid) { // other tests have long transactions, too
		t.Errorf("it is found before it began: %s", f.Message)
	}
	if _, err := forgotten.Exec(t.Context(), "BEGIN; SELECT pg_current_xact_id()"); err != nil {
		t.Fatal(err)
	}
	c.do(`INSERT INTO events.event (id, type, subject_id, everyone, personal, occurred_at, data)
		VALUES (gen_random_uuid(), 'TASK_CREATED', gen_random_uuid(), true, false, now(), '{}')`)

	finding(t, c.config(20*time.Second), "event log").want(t, Warning, "At least 1 events have waited")
	finding(t, c.config(2*time.Minute), "event log").want(t, Critical, "At least 1 events have waited")
	for later, want := range map[time.Duration]Status{2 * time.Minute: Warning, time.Hour: Critical} {
		f := finding(t, c.config(later), "long transactions")
		for end := time.Now().Add(time.Minute); !strings.Contains(f.Message, pid) && time.Now().Before(end); { // those of other tests may be listed first
			f = finding(t, c.config(later), "long transactions")
		}
		f.want(t, want, pid)
	}
}

func roleOf(t *testing.T, database string) string {
	t.Helper()
	at, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	return at.User.Username()
}

func TestDoctorFindsDeadRows(t *testing.T) {
	t.Parallel()
	c := newChain(t)
	c.do("INSERT INTO access.try (name, failures) SELECT int4send(n), 1 FROM generate_series(1, 12000) AS n",
		"DELETE FROM access.try", "SELECT pg_stat_force_next_flush()")

	eventually(t, "they are counted", func() bool {
		f := finding(t, c.config(0), "dead rows")
		return f.Status == Warning && strings.Contains(f.Message, "access.try has 12000 dead and")
	})

	c.do("ALTER TABLE access.try SET (autovacuum_enabled = false)")
	finding(t, c.config(0), "dead rows").want(t, Critical, "Autovacuum is off for access.try")
}

func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(60 * time.Second)
	for !condition() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("not in time: %s", what)
		}
	}
}

func TestOldTransactionIDsAreReported(t *testing.T) {
	t.Parallel()
	judgeTransactionIDAge(200_000_000).want(t, OK, "200 million")
	judgeTransactionIDAge(600_000_000).want(t, Warning, "600 million")
	judgeTransactionIDAge(1_600_000_000).want(t, Critical, "1600 million")
}

func TestRiskyPostgreSQLSettingsAreReported(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		setting, good, bad string
		status             Status
	}{
		{"fsync", "on", "off", Critical},
		{"full_page_writes", "on", "off", Critical},
		{"synchronous_commit", "remote_apply", "off", Warning},
		{"random_page_cost", "1.1", "4", Warning},
		{"shared_buffers", "1048576", "16384", Warning},
		{"statement_timeout", "10000", "0", Warning},
		{"idle_in_transaction_session_timeout", "60000", "0", Warning},
		{"autovacuum", "on", "off", Critical},
	} {
		t.Run(c.setting, func(t *testing.T) {
			t.Parallel()
			for _, s := range settingChecks() {
				if s.setting == c.setting {
					s.judge(c.good).want(t, OK, "")
					s.judge(c.bad).want(t, c.status, "")
				}
			}
		})
	}
}
