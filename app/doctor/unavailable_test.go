package doctor

import (
	"fmt"
	"net"
	"net/url"
	"os/exec"
	"strings"
	"testing"
	"time"

	"aisle/store/postgres"
)

// startRedis starts a real Redis and returns its URL.
func startRedis(t *testing.T, args ...string) string {
	t.Helper()
	program, err := exec.LookPath("redis-server")
	if err != nil {
		t.Skip("redis-server is not installed: what needs a real Redis does not run")
	}
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	_, port, _ := net.SplitHostPort(address)
	_ = listener.Close()
	redis := exec.CommandContext(t.Context(), program,
		append([]string{"--port", port, "--bind", "127.0.0.1", "--save", "", "--dir", t.TempDir()}, args...)...)
	if err := redis.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = redis.Wait() })
	eventually(t, "Redis listens", func() bool {
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
		if err == nil {
			_ = conn.Close()
		}
		return err == nil
	})
	return "redis://" + address
}

func TestDoctorFindsRedisWithoutEviction(t *testing.T) {
	t.Parallel()
	config := newChain(t).config(0)

	config.RedisURL = startRedis(t)
	finding(t, config, "redis memory").want(t, Warning, "no maxmemory")
	config.Now = func() time.Time { return time.Now().Add(10 * time.Second) }
	finding(t, config, "redis clock").want(t, Warning, "differ by")

	config.RedisURL = startRedis(t, "--maxmemory", "64mb", "--maxmemory-policy", "noeviction")
	finding(t, config, "redis memory").want(t, Warning, "noeviction")
}

func TestDoctorReportsAllChecksWithoutPostgreSQL(t *testing.T) {
	t.Parallel()
	config := Config{
		DatabaseURL: "postgres://aisle:hush@127.0.0.1:1/aisle", RedisURL: startRedis(t), Secret: []byte(secret), AdminAddr: "127.0.0.1:1", MaxConns: 16,
	}

	found := runChecks(t, config)

	find(t, found, "postgresql").want(t, Critical, "PostgreSQL is unavailable")
	find(t, found, "redis").want(t, OK, "answers")
	find(t, found, "orphans").want(t, Warning, "Not checked: PostgreSQL is unavailable")
	for _, f := range found {
		if strings.Contains(f.Message+f.Remedy, "hush") {
			t.Errorf("the password is shown: %s", f.Message)
		}
	}
}

func TestDoctorReportsAllChecksWithoutRedis(t *testing.T) {
	t.Parallel()
	config := newChain(t).config(0)
	config.RedisURL = "redis://:hush@127.0.0.1:1"

	found := runChecks(t, config)

	find(t, found, "redis").want(t, Critical, "Redis is unavailable")
	find(t, found, "redis clock").want(t, Warning, "Not checked")
	find(t, found, "redis memory").want(t, Warning, "Not checked")
	find(t, found, "migrations").want(t, OK, "")
}

func TestDoctorReportsAllChecksOnAnOldSchema(t *testing.T) {
	t.Parallel()
	const eventLogMigration = 7
	c := newChain(t)
	for newest := int64(0); newest != eventLogMigration; {
		taken, err := postgres.MigrateDown(t.Context(), c.url)
		if err != nil || len(taken) == 0 {
			t.Fatal(taken, err)
		}
		newest = taken[0].Version
	}

	found := runChecks(t, c.config(0))

	find(t, found, "migrations").want(t, Critical, "this version of Aisle needs")
	find(t, found, "event log").want(t, Warning, "Not checked: the schema of the database is of another version")
	find(t, found, "signing keys").want(t, Warning, "Not checked: the schema of the database is of another version")
	find(t, found, "connections").want(t, OK, "")
}

func TestDoctorWorksWithReadPrivileges(t *testing.T) {
	t.Parallel()
	c := newChain(t)
	at, err := url.Parse(c.url)
	if err != nil {
		t.Fatal(err)
	}
	role := "reader_" + at.Path[len(at.Path)-8:]
	c.do(fmt.Sprintf("CREATE ROLE %s LOGIN PASSWORD 'hush'", role))
	t.Cleanup(func() {
		c.t = t
		for _, s := range []string{"DROP OWNED BY " + role, "DROP ROLE " + role} {
			if _, err := c.admin.Exec(t.Context(), s); err != nil {
				t.Log(err)
			}
		}
	})
	at.User = url.UserPassword(role, "hush")
	config := c.config(0)
	config.DatabaseURL = at.String()

	withoutGrants := runChecks(t, config)
	c.do(fmt.Sprintf("GRANT pg_monitor, pg_read_all_data TO %s", role), fmt.Sprintf("ALTER ROLE %s SET default_transaction_read_only = on", role))
	withGrants := runChecks(t, config)

	find(t, withoutGrants, "postgresql").want(t, Warning, "can see its own connections only")
	find(t, withoutGrants, "orphans").want(t, Warning, "Not checked: the role lacks the privilege")
	find(t, withGrants, "postgresql").want(t, OK, "")
	find(t, withGrants, "orphans").want(t, OK, "")
	find(t, withGrants, "missing indexes").want(t, OK, "")
}

func TestCheckThatHangsDoesNotBlockOthers(t *testing.T) {
	t.Parallel()
	c := newChain(t)
	c.do("BEGIN", "LOCK TABLE goose_db_version, tasks.task")
	config := c.config(0)
	config.Timeout = 5 * time.Second

	found := runChecks(t, config)

	find(t, found, "migrations").want(t, Warning, "the check timed out")
	find(t, found, "orphans").want(t, OK, "columns before the timeout")
	find(t, found, "connections").want(t, OK, "")
}
