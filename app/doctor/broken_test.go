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

func TestRedisThatIsNotTunedIsFound(t *testing.T) {
	t.Parallel()
	config := newChain(t).config(0)

	config.RedisURL = startRedis(t)
	finding(t, config, "redis memory").want(t, Warning, "no maxmemory")
	config.Now = func() time.Time { return time.Now().Add(10 * time.Second) }
	finding(t, config, "clock of redis").want(t, Warning, "apart")

	config.RedisURL = startRedis(t, "--maxmemory", "64mb", "--maxmemory-policy", "noeviction")
	finding(t, config, "redis memory").want(t, Warning, "noeviction")
}

// Whatever is broken: each check has its say, and what is not broken is still seen.
func TestTheDoctorWorksWithoutPostgreSQL(t *testing.T) {
	t.Parallel()
	config := Config{
		DatabaseURL: "postgres://aisle:hush@127.0.0.1:1/aisle", RedisURL: startRedis(t), Secret: []byte(secret), AdminAddr: "127.0.0.1:1", Conns: 16,
	}

	found := examine(t, config)

	find(t, found, "postgresql").want(t, Fault, "PostgreSQL does not answer")
	find(t, found, "redis").want(t, OK, "answers")
	find(t, found, "orphans").want(t, Warning, "Not checked: PostgreSQL does not answer")
	for _, f := range found {
		if strings.Contains(f.Says+f.Remedy, "hush") {
			t.Errorf("the password is told: %s", f.Says)
		}
	}
}

func TestTheDoctorWorksWithoutRedis(t *testing.T) {
	t.Parallel()
	config := newChain(t).config(0)
	config.RedisURL = "redis://:hush@127.0.0.1:1"

	found := examine(t, config)

	find(t, found, "redis").want(t, Fault, "Redis does not answer")
	find(t, found, "clock of redis").want(t, Warning, "Not checked")
	find(t, found, "redis memory").want(t, Warning, "Not checked")
	find(t, found, "migrations").want(t, OK, "")
}

func TestTheDoctorWorksOnAnOldSchema(t *testing.T) {
	t.Parallel()
	const theLog = 7 // the migration that made the log of events
	c := newChain(t)
	for newest := int64(0); newest != theLog; {
		taken, err := postgres.MigrateDown(t.Context(), c.url)
		if err != nil || len(taken) == 0 {
			t.Fatal(taken, err)
		}
		newest = taken[0].Version
	}

	found := examine(t, c.config(0))

	find(t, found, "migrations").want(t, Fault, "this version of Aisle is at")
	find(t, found, "event log").want(t, Warning, "Not checked: the database is not that of this version")
	find(t, found, "signing keys").want(t, Warning, "Not checked: the database is not that of this version")
	find(t, found, "connections").want(t, OK, "")
}

func TestTheDoctorWorksAsARoleThatMayRead(t *testing.T) {
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

	nothing := examine(t, config)
	c.do(fmt.Sprintf("GRANT pg_monitor, pg_read_all_data TO %s", role), fmt.Sprintf("ALTER ROLE %s SET default_transaction_read_only = on", role))
	reading := examine(t, config)

	find(t, nothing, "postgresql").want(t, Warning, "sees only its own connections")
	find(t, nothing, "orphans").want(t, Warning, "Not checked: the role may not")
	find(t, reading, "postgresql").want(t, OK, "")
	find(t, reading, "orphans").want(t, OK, "")
	find(t, reading, "missing indexes").want(t, OK, "")
}

func TestACheckThatHangsStopsNoOther(t *testing.T) {
	t.Parallel()
	c := newChain(t)
	c.do("BEGIN", "LOCK TABLE goose_db_version, tasks.task")
	config := c.config(0)
	config.Patience = time.Second

	found := examine(t, config)

	find(t, found, "migrations").want(t, Warning, "it took too long")
	find(t, found, "orphans").want(t, OK, "the rest took too long")
	find(t, found, "connections").want(t, OK, "")
}
