package pgtest

import (
	"encoding/json"
	"maps"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"aisle/store/postgres"
)

// PlanRecorder are the statements that a pool has run, with their plans.
type PlanRecorder struct {
	mu         sync.Mutex
	statements []Statement
}

// Statement is one that was run.
type Statement struct {
	Text string `json:"Query Text"`
	Plan Plan   `json:"Plan"`
}

// Plan is a step of how PostgreSQL ran a statement, and what it came to: one run of it had so many rows, and it was run so
// many times.
type Plan struct {
	Node     string  `json:"Node Type"`
	Schema   string  `json:"Schema"`
	Relation string  `json:"Relation Name"`
	Rows     float64 `json:"Actual Rows"`
	Loops    float64 `json:"Actual Loops"`
	Parts    []Plan  `json:"Plans"`
}

// Take gives the statements that were run since it was called last.
func (e *PlanRecorder) Take() []Statement {
	e.mu.Lock()
	defer e.mu.Unlock()
	taken := e.statements
	e.statements = nil
	return taken
}

// record takes what PostgreSQL tells of a statement.
func (e *PlanRecorder) record(tb testing.TB, notice *pgconn.Notice) {
	tb.Helper()
	_, text, found := strings.Cut(notice.Message, "plan:\n")
	if !found {
		return
	}
	var s Statement
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		tb.Errorf("%v in %s", err, text)
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.statements = append(e.statements, s)
}

// Explain makes a database as New does, and a pool whose statements are explained as they are run: also those of
// triggers. Its connections are a superuser's, because PostgreSQL lets nobody else load auto_explain.
func Explain(tb testing.TB) (*postgres.Pool, *PlanRecorder) {
	tb.Helper()
	database, err := url.Parse(New(tb))
	if err != nil {
		tb.Fatal(err)
	}
	cluster, err := url.Parse(os.Getenv(Variable))
	if err != nil {
		tb.Fatal(err)
	}
	database.User = cluster.User
	plain, err := postgres.Open(tb.Context(), database.String(), postgres.Options{MaxConns: 4})
	if err != nil {
		tb.Fatal(err)
	}
	defer plain.Close()
	recorder := &PlanRecorder{}
	config := plain.Config()
	maps.Copy(config.ConnConfig.RuntimeParams, map[string]string{
		"session_preload_libraries": "auto_explain", "auto_explain.log_min_duration": "0", "auto_explain.log_level": "notice",
		"auto_explain.log_format": "json", "auto_explain.log_analyze": "on", "auto_explain.log_verbose": "on",
		"auto_explain.log_nested_statements": "on",
	})
	config.ConnConfig.OnNotice = func(_ *pgconn.PgConn, notice *pgconn.Notice) { recorder.record(tb, notice) }
	pool, err := pgxpool.NewWithConfig(tb.Context(), config)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(pool.Close)
	return &postgres.Pool{Pool: pool}, recorder
}
