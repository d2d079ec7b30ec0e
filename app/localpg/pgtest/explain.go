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

// A PlanRecorder records the statements of a pool with their plans.
type PlanRecorder struct {
	mu         sync.Mutex
	statements []Statement
}

// A Statement is a statement that was run.
type Statement struct {
	Text string `json:"Query Text"`
	Plan Plan   `json:"Plan"`
}

// A Plan is a node of the plan of a statement. Rows is the average number of rows of each of its Loops.
type Plan struct {
	Node     string  `json:"Node Type"`
	Schema   string  `json:"Schema"`
	Relation string  `json:"Relation Name"`
	Rows     float64 `json:"Actual Rows"`
	Loops    float64 `json:"Actual Loops"`
	Parts    []Plan  `json:"Plans"`
}

// Take returns the statements since the last call.
func (e *PlanRecorder) Take() []Statement {
	e.mu.Lock()
	defer e.mu.Unlock()
	taken := e.statements
	e.statements = nil
	return taken
}

// record records the plan in a notice of auto_explain. It ignores other notices.
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

// Explain creates a database as New does, and returns a pool whose statements are recorded with their plans, also those of
// triggers. It connects as a superuser, because only a superuser can load auto_explain.
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
