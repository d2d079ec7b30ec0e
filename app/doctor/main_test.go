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

// secret is one that nobody guesses.
const secret = "0123456789abcdefghijklmnopqrstuvwxyzABCD"

// chain is a database of a chain, and who may do everything there.
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

// connect makes a connection as the cluster's superuser.
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

// do sends statements to the database.
func (c *chain) do(statements ...string) {
	c.t.Helper()
	for _, s := range statements {
		if _, err := c.admin.Exec(c.t.Context(), s); err != nil {
			c.t.Fatalf("%s: %v", s, err)
		}
	}
}

// config is what a doctor of the chain has, with its clock so far ahead.
func (c *chain) config(ahead time.Duration) Config {
	return Config{
		DatabaseURL: c.url, Secret: []byte(secret), AdminAddr: "127.0.0.1:1", Conns: 16, AccessTTL: 15 * time.Minute,
		Now: func() time.Time { return time.Now().Add(ahead) },
	}
}

// examine gives what a doctor finds.
func examine(t *testing.T, config Config) []Finding {
	t.Helper()
	d := New(t.Context(), config)
	defer d.Close()
	return d.Examine(t.Context())
}

// finding is what one check of a doctor finds.
func finding(t *testing.T, config Config, name string) Finding {
	t.Helper()
	d := New(t.Context(), config)
	defer d.Close()
	checks := d.checks()
	at := slices.IndexFunc(checks, func(c check) bool { return c.name == name })
	if at < 0 {
		t.Fatalf("there is no check %q", name)
	}
	return d.make(t.Context(), checks[at])
}

// want compares a finding: what is wrong has a remedy.
func (f Finding) want(t *testing.T, status Status, says string) {
	t.Helper()
	if f.Status != status || !strings.Contains(f.Says, says) || (f.Remedy == "") != (status == OK) {
		t.Errorf("%s is %s: %s (%s)\nwant %s: %s", f.Check, f.Status, f.Says, f.Remedy, status, says)
	}
}

// find is a check's finding among all.
func find(t *testing.T, found []Finding, name string) Finding {
	t.Helper()
	at := slices.IndexFunc(found, func(f Finding) bool { return f.Check == name })
	if at < 0 {
		t.Fatalf("there is no check %q", name)
	}
	return found[at]
}
