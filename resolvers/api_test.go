package resolvers_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/google/uuid"

	"aisle/app/localpg/pgtest"
	"aisle/auth"
	"aisle/loaders"
	"aisle/resolvers"
	"aisle/sessions"
	"aisle/store"
	"aisle/store/access"
	"aisle/store/events"
	"aisle/store/postgres"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func lower(s string) string { return strings.ToLower(s) }

// api is the schema on a database of its own, asked without HTTP.
type api struct {
	chain

	pool     *postgres.Pool
	executor *executor.Executor
	resolver *resolvers.Resolver
	tokens   *auth.AccessTokens
	clock    *clock
}

// clock is what time it is: now, until a test moves it.
type clock struct{ elapsed atomic.Int64 }

func (c *clock) Now() time.Time { return now.Add(time.Duration(c.elapsed.Load())) }

// pass lets time pass.
func (c *clock) pass(d time.Duration) { c.elapsed.Add(int64(d)) }

func newAPI(t *testing.T) *api {
	t.Helper()
	pool, err := postgres.Open(t.Context(), pgtest.New(t), postgres.Options{MaxConns: 4})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	a := newAPIOn(t, pool)
	a.chain = load(t, pool)
	return a
}

// patience is how long the loaders of these tests wait for more keys. It is long, so that the number of statements
// depends on nothing but the query, on however busy a machine.
const patience = 20 * time.Millisecond

func secret() []byte { return []byte(strings.Repeat("s", 32)) }

func newAPIOn(tb testing.TB, pool *postgres.Pool) *api {
	tb.Helper()
	clock := &clock{}
	keys, err := auth.NewKeyring(auth.KeyringConfig{
		Keys: access.NewKeyStore(pool), Secret: secret(), TTL: time.Hour,
		Log: slog.New(slog.DiscardHandler), Now: clock.Now,
	})
	if err != nil {
		tb.Fatal(err)
	}
	if err := keys.Open(tb.Context()); err != nil {
		tb.Fatal(err)
	}
	tokens, err := auth.NewAccessTokens(auth.AccessTokensConfig{Issuer: "test", Audience: "test", TTL: time.Hour, Keys: keys, Now: clock.Now})
	if err != nil {
		tb.Fatal(err)
	}
	passwords, err := auth.NewPasswords(2)
	if err != nil {
		tb.Fatal(err)
	}
	refresh, err := auth.NewRefreshTokens(secret())
	if err != nil {
		tb.Fatal(err)
	}
	throttle, err := auth.NewLoginThrottle(secret())
	if err != nil {
		tb.Fatal(err)
	}
	modules := loaders.NewModules(pool)
	commands := store.NewCommandRunner(pool, clock.Now, func(context.Context, uuid.UUID, store.Position) {})
	resolver := &resolvers.Resolver{
		Modules:  modules,
		Commands: commands,
		Log:      events.NewLog(events.Config{Pool: pool, Log: slog.New(slog.DiscardHandler)}),
		Sessions: &sessions.Service{
			Directory: sessions.EmployeeDirectory{Staff: modules.Staff, Stores: modules.Stores},
			Access:    modules.Access, Attempts: access.NewLoginAttempts(pool, clock.Now), Commands: commands,
			AccessTokens: tokens, RefreshTokens: refresh, Throttle: throttle, Passwords: passwords,
			AccessTTL: time.Hour, RefreshTTL: 30 * 24 * time.Hour, OnRevoke: func() {}, Now: clock.Now,
		},
		BatchWait: patience,
		Now:       clock.Now,
	}
	return &api{
		pool: pool, executor: executor.New(resolver.Schema()), resolver: resolver, tokens: tokens,
		clock: clock,
	}
}

// as is the viewer that an employee of the chain is.
func (a *api) as(login string) auth.Viewer {
	v := auth.Viewer{EmployeeID: a.employee[login], SessionID: uuid.Max}
	role, place, _ := strings.Cut(login, ".")
	place = strings.ToUpper(place)
	switch role {
	case "admin":
		v.Role = auth.RoleAdmin
	case "region":
		v.Role, v.RegionID = auth.RoleRegionManager, uuid.NullUUID{UUID: a.region[place], Valid: true}
	default:
		v.Role = map[string]auth.Role{
			"manager": auth.RoleStoreManager, "supervisor": auth.RoleSupervisor, "associate": auth.RoleAssociate,
		}[role]
		v.StoreID = uuid.NullUUID{UUID: a.store[place], Valid: true}
		v.RegionID = uuid.NullUUID{UUID: a.region[place[:1]], Valid: true}
	}
	return v
}

// answer is what a query came to.
type answer struct {
	Data       map[string]any
	Errors     []string
	About      []string // the fields that the errors are about
	Statements int
	JSON       string
}

// vars are a query's variables.
type vars = map[string]any

// ask runs a document as a viewer.
func (a *api) ask(tb testing.TB, v auth.Viewer, document string, variables vars) answer {
	tb.Helper()
	return a.askIn(tb, tb.Context(), v, document, variables)
}

// askIn is ask with a context of the test's own.
func (a *api) askIn(tb testing.TB, ctx context.Context, v auth.Viewer, document string, variables vars) answer { //nolint:revive // the test comes first
	tb.Helper()
	ctx, statements := store.WithStatementCounter(ctx)
	ctx, err := a.resolver.PrepareRequest(graphql.StartOperationTrace(ctx), v)
	if err != nil {
		tb.Fatal(err)
	}
	params := &graphql.RawParams{Query: document, Variables: variables, ReadTime: graphql.TraceTiming{Start: now, End: now}}
	operation, errs := a.executor.CreateOperationContext(ctx, params)
	if len(errs) > 0 {
		tb.Fatalf("the document is refused: %v", errs)
	}
	handler, ctx := a.executor.DispatchOperation(ctx, operation)
	return read(tb, handler(ctx), statements)
}

func read(tb testing.TB, response *graphql.Response, statements *store.StatementCounter) answer {
	tb.Helper()
	if response.Data == nil {
		response.Data = []byte("null") // it did not run
	}
	got := answer{Statements: statements.Count(), JSON: string(response.Data)}
	if err := json.Unmarshal(response.Data, &got.Data); err != nil {
		tb.Fatalf("the answer %s cannot be read: %v", response.Data, err)
	}
	for _, e := range response.Errors {
		got.Errors = append(got.Errors, e.Message)
		if userErrs, ok := errors.AsType[*store.UserError](e); ok {
			got.About = append(got.About, strings.Join(userErrs.Field, "."))
		}
	}
	return got
}

// good is ask for a query that must have no errors.
func (a *api) good(tb testing.TB, v auth.Viewer, document string, variables vars) answer {
	tb.Helper()
	got := a.ask(tb, v, document, variables)
	if len(got.Errors) > 0 {
		tb.Fatalf("errors: %v", got.Errors)
	}
	return got
}

// at digs a value out of an answer: "store.tasks.edges.0.node.title".
func (got answer) at(path string) any {
	var value any = got.Data
	for key := range strings.SplitSeq(path, ".") {
		switch inner := value.(type) {
		case map[string]any:
			value = inner[key]
		case []any:
			i, err := strconv.Atoi(key)
			if err != nil || i >= len(inner) {
				return nil
			}
			value = inner[i]
		default:
			return nil
		}
	}
	return value
}

// operation reads a document that a client sends.
func operation(tb testing.TB, file string) string {
	tb.Helper()
	text, err := os.ReadFile(filepath.Join("..", "operations", file))
	if err != nil {
		tb.Fatal(err)
	}
	return string(text)
}
