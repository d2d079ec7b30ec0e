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

// insertEmployee makes an employee of a store that does not exist.
const insertEmployee = `INSERT INTO staff.employee (id, store_id, display_name, login, role, hired_on)
	VALUES (gen_random_uuid(), gen_random_uuid(), 'A', 'a', 'ASSOCIATE', '2026-01-01')`

// Each check is seen failing here; TestAChainThatIsWell sees them all well.
func TestChecksFindWhatIsWrong(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		arrange []string
		ahead   time.Duration
		change  func(*Config)
		check   string
		status  Status
		says    string
	}{
		"old schema": {
			[]string{"DELETE FROM goose_db_version WHERE version_id = (SELECT max(version_id) FROM goose_db_version)"},
			0, nil, "migrations", Fault, "The database is at migration",
		},
		"new schema":            {[]string{"INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, true)"}, 0, nil, "migrations", Warning, "9999"},
		"clock":                 {nil, 5 * time.Second, nil, "clock of postgresql", Warning, "apart"},
		"clock of another year": {nil, 400 * day, nil, "clock of postgresql", Fault, "apart"},
		"few days":              {nil, 6 * day, nil, "event log's days", Warning, "for 2 days"},
		"no day":                {nil, 20 * day, nil, "event log's days", Fault, "nothing can be written"},
		"large pools":           {nil, 0, func(c *Config) { c.Conns = 10_000 }, "connections", Fault, "more than there are"},
		"missing index":         {[]string{"DROP INDEX tasks.task_due_idx"}, 0, nil, "missing indexes", Fault, "tasks.task_due_idx"},
		"missing rule":          {[]string{"ALTER TABLE stores.store DROP CONSTRAINT store_code_key"}, 0, nil, "missing indexes", Fault, "stores.store_code_key"},
		"broken index": {
			[]string{"UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'tasks.task_due_idx'::regclass"},
			0, nil, "missing indexes", Fault, "not valid",
		},
		"unused index": {
			[]string{"UPDATE pg_class SET reltuples = 20000 WHERE oid = 'tasks.task'::regclass"},
			30 * day, nil, "unused indexes", Warning, "tasks.task_due_idx",
		},
		"orphan":        {[]string{insertEmployee}, 0, nil, "orphans", Warning, "stores.store in staff.employee.store_id"},
		"no keys":       {nil, 0, nil, "signing keys", Warning, "no keys"},
		"no replica":    {nil, 0, func(c *Config) { c.ReplicaURLs = []string{c.DatabaseURL} }, "replicas", Fault, "number 1 is no replica"},
		"dead replica":  {nil, 0, func(c *Config) { c.ReplicaURLs = []string{"postgres://127.0.0.1:1/x"} }, "replicas", Fault, "does not answer"},
		"no redis":      {nil, 0, nil, "redis", Warning, "no URL"},
		"dead redis":    {nil, 0, func(c *Config) { c.RedisURL = "redis://127.0.0.1:1" }, "redis", Fault, "does not answer"},
		"no node":       {nil, 0, nil, "node", Warning, "No node answers"},
		"no secret":     {nil, 0, func(c *Config) { c.Secret = nil }, "AISLE_SECRET", Warning, "no secret"},
		"weak secret":   {nil, 0, func(c *Config) { c.Secret = []byte(strings.Repeat("ab", 20)) }, "AISLE_SECRET", Fault, "guessed"},
		"short secret":  {nil, 0, func(c *Config) { c.Secret = []byte("0123456789abcdef") }, "AISLE_SECRET", Fault, "shorter"},
		"open admin":    {nil, 0, func(c *Config) { c.AdminAddr = ":9090" }, "AISLE_ADMIN_ADDR", Warning, "all networks"},
		"public admin":  {nil, 0, func(c *Config) { c.AdminAddr = "8.8.8.8:9090" }, "AISLE_ADMIN_ADDR", Fault, "public"},
		"all origins":   {nil, 0, func(c *Config) { c.Origins = []string{"*"} }, "AISLE_CORS_ALLOWED_ORIGINS", Fault, "every site"},
		"open origin":   {nil, 0, func(c *Config) { c.Origins = []string{"http://a.example"} }, "AISLE_CORS_ALLOWED_ORIGINS", Warning, "a.example"},
		"any document":  {nil, 0, func(c *Config) { c.AnyDocument = true }, "AISLE_OPERATION_POLICY", Warning, "any document"},
		"open database": {nil, 0, func(c *Config) { c.DatabaseURL = "postgres://a:b@192.0.2.1/a?connect_timeout=1" }, "AISLE_DATABASE_URL", Warning, "without TLS"},
		"wrong URL":     {nil, 0, func(c *Config) { c.DatabaseURL = "postgres://a:b@[" }, "AISLE_DATABASE_URL", Fault, "cannot be read"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			chain := newChain(t)
			chain.do(c.arrange...)
			config := chain.config(c.ahead)
			config.Patience = 2 * time.Second
			if c.change != nil {
				c.change(&config)
			}

			finding(t, config, c.check).want(t, c.status, c.says)
		})
	}
}

func TestAChainThatIsWell(t *testing.T) {
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

	for _, f := range examine(t, config) {
		switch f.Check {
		case "fsync", "full_page_writes", "synchronous_commit", "shared_buffers": // a cluster of tests is fast, and small
		case "postgresql": // its role is no monitor
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

// startNode starts what looks like a node's admin port.
func startNode(t *testing.T, status int, line string) (address string) {
	t.Helper()
	node := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = fmt.Fprintln(w, line)
	}))
	t.Cleanup(node.Close)
	return strings.TrimPrefix(node.URL, "http://")
}

func TestANodeThatIsNotReadyIsAFault(t *testing.T) {
	t.Parallel()
	config := newChain(t).config(0)
	config.AdminAddr = startNode(t, http.StatusServiceUnavailable, "draining")

	finding(t, config, "node").want(t, Fault, "draining")
}

// A rolling restart has one node more for a while.
func TestThatThereIsNoRoomForOneMoreNodeIsFound(t *testing.T) {
	t.Parallel()
	c := newChain(t)
	config := c.config(0)
	if err := c.admin.QueryRow(t.Context(), `
		SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int`).Scan(&config.Conns); err != nil {
		t.Fatal(err)
	}

	finding(t, config, "connections").want(t, Warning, "one more node")
}

// As a node does that joins: of the database's connections those to others do not count.
func TestALimitOfTheDatabaseBoundsTheConnections(t *testing.T) {
	t.Parallel()
	c := newChain(t)
	c.do(`DO $$ BEGIN EXECUTE format('ALTER DATABASE %I CONNECTION LIMIT 12', current_database()); END $$`)
	elsewhere := newChain(t)
	for range 12 {
		elsewhere.connect()
	}
	config := c.config(0)

	config.Conns = 5
	finding(t, config, "connections").want(t, OK, "of 12 connections are in use (the CONNECTION LIMIT of the database is 12)")
	config.Conns = 13
	finding(t, config, "connections").want(t, Fault, "One node alone")
}

func TestKeysAreHeldAgainstTheSecretAndTheClock(t *testing.T) {
	t.Parallel()
	c := newChain(t)
	makeKey(t, c.url)

	finding(t, c.config(0), "signing keys").want(t, OK, "")
	finding(t, c.config(40*day), "signing keys").want(t, Warning, "40 days")
	finding(t, c.config(-day), "signing keys").want(t, Fault, "No key signs")
	other := c.config(0)
	other.Secret = []byte(strings.ToUpper(secret) + "!")
	finding(t, other, "signing keys").want(t, Fault, "does not open the keys")
}

// What one transaction holds back is told by its process.
func TestATransactionThatHoldsTheLogBackIsFound(t *testing.T) {
	t.Parallel()
	c := newChain(t)
	c.do("GRANT pg_monitor TO " + roleOf(t, c.url))
	finding(t, c.config(2*time.Minute), "event log").want(t, OK, "")
	forgotten := c.connect()
	pid := fmt.Sprintf("process %d of", forgotten.PgConn().PID())
	if f := finding(t, c.config(2*time.Minute), "long transactions"); strings.Contains(f.Says, pid) { // other tests have theirs
		t.Errorf("before it began it is found: %s", f.Says)
	}
	if _, err := forgotten.Exec(t.Context(), "BEGIN; SELECT pg_current_xact_id()"); err != nil {
		t.Fatal(err)
	}
	c.do(`INSERT INTO events.event (id, type, subject_id, everyone, personal, occurred_at, data)
		VALUES (gen_random_uuid(), 'TASK_CREATED', gen_random_uuid(), true, false, now(), '{}')`)

	finding(t, c.config(20*time.Second), "event log").want(t, Warning, "1 events or more wait")
	finding(t, c.config(2*time.Minute), "event log").want(t, Fault, "1 events or more wait")
	for later, want := range map[time.Duration]Status{2 * time.Minute: Warning, time.Hour: Fault} {
		f := finding(t, c.config(later), "long transactions")
		for end := time.Now().Add(time.Minute); !strings.Contains(f.Says, pid) && time.Now().Before(end); { // others' may be told first
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

func TestDeadRowsAreFound(t *testing.T) {
	t.Parallel()
	c := newChain(t)
	c.do("INSERT INTO access.try (name, failures) SELECT int4send(n), 1 FROM generate_series(1, 12000) AS n",
		"DELETE FROM access.try", "SELECT pg_stat_force_next_flush()")

	eventually(t, "they are counted", func() bool {
		f := finding(t, c.config(0), "dead rows")
		return f.Status == Warning && strings.Contains(f.Says, "access.try has 12000 dead rows")
	})

	c.do("ALTER TABLE access.try SET (autovacuum_enabled = false)")
	finding(t, c.config(0), "dead rows").want(t, Fault, "Autovacuum is off for access.try")
}

func eventually(t *testing.T, what string, so func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(20 * time.Second)
	for !so() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("not in time: %s", what)
		}
	}
}

func TestOldTransactionIDsAreToldBeforePostgreSQLStops(t *testing.T) {
	t.Parallel()
	judgeAge(200_000_000).want(t, OK, "200 million")
	judgeAge(600_000_000).want(t, Warning, "600 million")
	judgeAge(1_600_000_000).want(t, Fault, "1600 million")
}

func TestSettingsOfPostgreSQLThatSmell(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		setting, well, bad string
		status             Status
	}{
		{"fsync", "on", "off", Fault},
		{"full_page_writes", "on", "off", Fault},
		{"synchronous_commit", "remote_apply", "off", Warning},
		{"random_page_cost", "1.1", "4", Warning},
		{"shared_buffers", "1048576", "16384", Warning},
		{"statement_timeout", "10000", "0", Warning},
		{"idle_in_transaction_session_timeout", "60000", "0", Warning},
		{"autovacuum", "on", "off", Fault},
	} {
		t.Run(c.setting, func(t *testing.T) {
			t.Parallel()
			for _, s := range smells() {
				if s.setting == c.setting {
					s.judge(c.well).want(t, OK, "")
					s.judge(c.bad).want(t, c.status, "")
				}
			}
		})
	}
}
