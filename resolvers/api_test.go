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

// api is the executable schema on its own database, without HTTP.
type api struct {
	testChain

	pool     *postgres.Pool
	executor *executor.Executor
	resolver *resolvers.Resolver
	tokens   *auth.AccessTokens
	clock    *clock
}

// clock is a clock that stands at now until a test advances it.
type clock struct{ elapsed atomic.Int64 }

func (c *clock) Now() time.Time { return now.Add(time.Duration(c.elapsed.Load())) }

// advance moves the clock.
func (c *clock) advance(d time.Duration) { c.elapsed.Add(int64(d)) }

func newAPI(t *testing.T) *api {
	t.Helper()
	pool, err := postgres.Open(t.Context(), pgtest.New(t), postgres.Options{MaxConns: 4})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	a := newAPIOn(t, pool)
	a.testChain = loadChain(t, pool)
	return a
}

// batchWait is how long the loaders of these tests wait for more keys. It is long, so that the number of statements
// depends only on the query, also on a busy machine.
const batchWait = 20 * time.Millisecond

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
		BatchWait: batchWait,
		Now:       clock.Now,
	}
	return &api{
		pool: pool, executor: executor.New(resolver.Schema()), resolver: resolver, tokens: tokens,
		clock: clock,
	}
}

// as returns the viewer of an employee of the test chain.
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

// response is the response to an operation.
type response struct {
	Data        map[string]any
	Errors      []string
	ErrorCodes  []string // of the errors that are user errors
	ErrorFields []string // the fields that the errors are about
	Statements  int
	JSON        string
}

// vars are the variables of an operation.
type vars = map[string]any

// query executes a document as a viewer.
func (a *api) query(tb testing.TB, v auth.Viewer, document string, variables vars) response {
	tb.Helper()
	return a.queryIn(tb, tb.Context(), v, document, variables)
}

// queryIn is query with a context.
func (a *api) queryIn(tb testing.TB, ctx context.Context, v auth.Viewer, document string, variables vars) response { //nolint:revive // the test comes first
	tb.Helper()
	ctx, statements := store.WithStatementCounter(ctx)
	ctx, err := a.resolver.PrepareRequest(graphql.StartOperationTrace(ctx), v)
	if err != nil {
		tb.Fatal(err)
	}
	params := &graphql.RawParams{Query: document, Variables: variables, ReadTime: graphql.TraceTiming{Start: now, End: now}}
	operation, errs := a.executor.CreateOperationContext(ctx, params)
	if len(errs) > 0 {
		tb.Fatalf("the document is invalid: %v", errs)
	}
	handler, ctx := a.executor.DispatchOperation(ctx, operation)
	return newResponse(tb, handler(ctx), statements)
}

func newResponse(tb testing.TB, raw *graphql.Response, statements *store.StatementCounter) response {
	tb.Helper()
	if raw.Data == nil {
		raw.Data = []byte("null") // it did not run
	}
	got := response{Statements: statements.Count(), JSON: string(raw.Data)}
	if err := json.Unmarshal(raw.Data, &got.Data); err != nil {
		tb.Fatalf("cannot parse the response %s: %v", raw.Data, err)
	}
	for _, e := range raw.Errors {
		got.Errors = append(got.Errors, e.Message)
		if userErrs, ok := errors.AsType[*store.UserError](e); ok {
			got.ErrorCodes = append(got.ErrorCodes, string(userErrs.Code))
			got.ErrorFields = append(got.ErrorFields, strings.Join(userErrs.Field, "."))
		}
	}
	return got
}

// mustQuery is query for an operation that must not return errors.
func (a *api) mustQuery(tb testing.TB, v auth.Viewer, document string, variables vars) response {
	tb.Helper()
	got := a.query(tb, v, document, variables)
	if len(got.Errors) > 0 {
		tb.Fatalf("errors: %v", got.Errors)
	}
	return got
}

// storeRow returns the value at a path of the response: "store.tasks.edges.0.node.title".
func (got response) at(path string) any {
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

// operation reads a client's document from operations/.
func operation(tb testing.TB, file string) string {
	tb.Helper()
	text, err := os.ReadFile(filepath.Join("..", "operations", file))
	if err != nil {
		tb.Fatal(err)
	}
	return string(text)
}
