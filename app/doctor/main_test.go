package doctor

import (
	"context"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"aisle/app/localpg/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// secret is long and random enough for the check of the secret.
const secret = "0123456789abcdefghijklmnopqrstuvwxyzABCD"

// chain is the database of a chain, with a connection as superuser.
type chain struct {
	t     *testing.T
	url   string
	admin *pgx.Conn
}

func newChain(t *testing.T) *chain {
	t.Helper()
	c := &chain{t: t, url: pgtest.New(t)}
	c.admin = c.connect()
	return c
}

// connect connects as superuser.
func (c *chain) connect() *pgx.Conn {
	c.t.Helper()
	at, err := url.Parse(c.url)
	if err != nil {
		c.t.Fatal(err)
	}
	cluster, err := url.Parse(os.Getenv(pgtest.Variable))
	if err != nil {
		c.t.Fatal(err)
	}
	cluster.Path = at.Path
	conn, err := pgx.Connect(c.t.Context(), cluster.String())
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

// do runs statements.
func (c *chain) do(statements ...string) {
	c.t.Helper()
	for _, s := range statements {
		if _, err := c.admin.Exec(c.t.Context(), s); err != nil {
			c.t.Fatalf("%s: %v", s, err)
		}
	}
}

// config returns the configuration of a doctor whose clock is ahead by a duration.
func (c *chain) config(ahead time.Duration) Config {
	return Config{
		DatabaseURL: c.url, Secret: []byte(secret), AdminAddr: "127.0.0.1:1", MaxConns: 16, AccessTTL: 15 * time.Minute,
		Now: func() time.Time { return time.Now().Add(ahead) },
	}
}

// runChecks returns the findings of all checks.
func runChecks(t *testing.T, config Config) []Finding {
	t.Helper()
	d := New(t.Context(), config)
	defer d.Close()
	return d.Run(t.Context())
}

// finding returns the finding of one check.
func finding(t *testing.T, config Config, name string) Finding {
	t.Helper()
	d := New(t.Context(), config)
	defer d.Close()
	checks := d.checks()
	at := slices.IndexFunc(checks, func(c check) bool { return c.name == name })
	if at < 0 {
		t.Fatalf("there is no check %q", name)
	}
	return d.run(t.Context(), checks[at])
}

// want compares a finding. A finding has a remedy if it is not OK.
func (f Finding) want(t *testing.T, status Status, message string) {
	t.Helper()
	if f.Status != status || !strings.Contains(f.Message, message) || (f.Remedy == "") != (status == OK) {
		t.Errorf("%s is %s: %s (%s)\nwant %s: %s", f.Check, f.Status, f.Message, f.Remedy, status, message)
	}
}

// find returns the finding of a check.
func find(t *testing.T, found []Finding, name string) Finding {
	t.Helper()
	at := slices.IndexFunc(found, func(f Finding) bool { return f.Check == name })
	if at < 0 {
		t.Fatalf("there is no check %q", name)
	}
	return found[at]
}
