package resolvers_test

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/google/uuid"

	"aisle/auth"
	"aisle/graph"
	"aisle/resolvers/hydration"
	"aisle/store"
	"aisle/store/events"
)

// beginning is a cursor before all events.
var beginning = store.Position{}.String()

// newLiveAPI is newAPI with a running event log.
func newLiveAPI(t *testing.T, change ...func(*events.Config)) *api {
	t.Helper()
	a := newAPI(t)
	config := events.Config{
		Pool: a.pool, Log: slog.New(slog.DiscardHandler), Hydrate: hydration.NewHydrator(a.resolver.Modules, slog.New(slog.DiscardHandler)).Hydrate,
	}
	for _, f := range change {
		f(&config)
	}
	log := events.NewLog(config)
	a.resolver.Log = log
	a.resolver.Commands = store.NewCommandRunner(a.pool, a.clock.Now, func(context.Context, uuid.UUID, store.Position) { log.Notify() })
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- log.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return a
}

// subscriber runs a subscription like a transport.
type subscriber struct {
	api      *api
	viewer   auth.Viewer
	document string
	vars     vars
	source   graph.SourceStream
}

// subscribe starts a subscription, or returns the errors of the operation.
func (a *api) subscribe(t *testing.T, v auth.Viewer, document string, variables vars) (f *subscriber, errs []string) {
	t.Helper()
	f = &subscriber{api: a, viewer: v, document: document, vars: variables}
	feed := &graph.SubscriptionContext{}
	ctx, err := a.resolver.PrepareRequest(graphql.StartOperationTrace(graph.WithSubscriptionContext(t.Context(), feed)), v)
	if err != nil {
		t.Fatal(err)
	}
	got := f.run(t, ctx)
	if feed.SourceStream == nil {
		return nil, got.Errors
	}
	f.source = feed.SourceStream
	t.Cleanup(feed.SourceStream.Close)
	return f, nil
}

func (f *subscriber) run(t *testing.T, ctx context.Context) response { //nolint:revive // the test comes first
	t.Helper()
	_, statements := store.WithStatementCounter(ctx)
	params := &graphql.RawParams{Query: f.document, Variables: f.vars, ReadTime: graphql.TraceTiming{Start: now, End: now}}
	operation, errs := f.api.executor.CreateOperationContext(ctx, params)
	if len(errs) > 0 {
		t.Fatalf("the document is invalid: %v", errs)
	}
	handler, ctx := f.api.executor.DispatchOperation(ctx, operation)
	raw := handler(ctx)
	if raw == nil {
		return response{}
	}
	return newResponse(t, raw, statements)
}

// next returns the next events.
func (f *subscriber) next(t *testing.T) []response {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	batch, err := f.source.Next(ctx)
	if err != nil {
		t.Fatal(err)
	}
	list := make([]response, len(batch))
	for i, e := range batch {
		ctx, statements := store.WithStatementCounter(graphql.StartOperationTrace(graph.WithSubscriptionContext(t.Context(), &graph.SubscriptionContext{SourceEvent: e})))
		ctx, err := f.api.resolver.PrepareEvent(ctx, f.viewer, e)
		if err != nil {
			t.Fatal(err)
		}
		list[i] = f.run(t, ctx)
		list[i].Statements = statements.Count()
		if len(list[i].Errors) > 0 {
			t.Fatalf("errors: %v", list[i].Errors)
		}
	}
	return list
}

// changes repeats a query until it returns n changes: an event is readable once all older transactions have ended, and the database
// server of the tests runs many.
func (a *api) changes(t *testing.T, v auth.Viewer, document string, variables vars, n int) response {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; {
		got := a.mustQuery(t, v, document, variables)
		if list, _ := got.at("changes.events").([]any); len(list) >= n {
			return got
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d changes did not come: %s", n, got.JSON)
		}
	}
}

func TestStoreEventsDeliverEventsOfTheStore(t *testing.T) {
	t.Parallel()
	a := newLiveAPI(t)
	f, errs := a.subscribe(t, a.as("associate.n1"), operation(t, "mobile/StoreEvents.graphql"), vars{"storeId": a.storeID("N1")})
	if errs != nil {
		t.Fatal(errs)
	}
	a.sendOperation(t, a.as("associate.n2"), "mobile/StartTask.graphql", vars{"taskId": a.taskID("N2 task 0")})
	a.sendOperation(t, a.as("associate.n1"), "mobile/StartTask.graphql", vars{"taskId": a.taskID("N1 task 0")})

	got := f.next(t)

	if len(got) != 1 || got[0].at("storeEvents.type") != "TASK_STARTED" || got[0].at("storeEvents.task.version") != 2.0 ||
		got[0].at("storeEvents.task.assignee.displayName") != "Ms associate.n1" {
		t.Errorf("got %v", got)
	}
	if got[0].Statements != 0 {
		t.Errorf("showing an event cost %d statements, and must cost none: there are many who follow", got[0].Statements)
	}
}

func TestEventShowsTheStepsAfterTheEvent(t *testing.T) {
	t.Parallel()
	a := newLiveAPI(t)
	document := `query($id: ID!, $after: String!) { changes(storeId: $id, after: $after) {
		events { type ... on TaskEvent { step { id isDone } task { version steps { id isDone } } } } cursor hasMore } }`
	v := a.as("associate.n1")
	a.sendOperation(t, v, "mobile/StartTask.graphql", vars{"taskId": a.taskID("N1 task 0")})
	for step := 1; step <= 2; step++ {
		a.sendOperation(t, v, "mobile/CheckStep.graphql", vars{"stepId": a.stepID(fmt.Sprintf("N1 task 0 step %d", step)), "isDone": true})
	}

	got := a.changes(t, v, document, vars{"id": a.storeID("N1"), "after": beginning}, 3)

	for version, want := range [][2]bool{{false, false}, {true, false}, {true, true}} {
		for step := range want {
			if done := got.at(fmt.Sprintf("changes.events.%d.task.steps.%d.isDone", version, step)); done != want[step] {
				t.Errorf("version %d: step %d is %v", version+2, step+1, done)
			}
		}
	}
	for i, want := range []any{nil, got.at("changes.events.1.task.steps.0.id"), got.at("changes.events.2.task.steps.1.id")} {
		if id := got.at(fmt.Sprintf("changes.events.%d.step.id", i)); id != want {
			t.Errorf("event %d is about the step %v, want %v", i, id, want)
		}
	}
}

func TestSubscribingToAStoreOutsideTheScopeFails(t *testing.T) {
	t.Parallel()
	a := newLiveAPI(t)
	for name, c := range map[string]struct {
		document string
		vars     vars
	}{
		"storeEvents": {operation(t, "mobile/StoreEvents.graphql"), vars{"storeId": a.storeID("N2")}},
		"events":      {operation(t, "partner/PartnerEvents.graphql"), vars{"storeIds": []any{a.storeID("N2")}}},
		"empty after": {operation(t, "mobile/StoreEvents.graphql"), vars{"storeId": a.storeID("N1"), "after": ""}},
		"of events":   {operation(t, "partner/PartnerEvents.graphql"), vars{"after": ""}},
		"a code":      {`subscription { events(storeCodes: ["N1", "N2"]) { id } }`, nil},
		"no position": {operation(t, "mobile/StoreEvents.graphql"), vars{"storeId": a.storeID("N1"), "after": "x"}},
	} {
		if f, errs := a.subscribe(t, a.as("manager.n1"), c.document, c.vars); f != nil || len(errs) != 1 {
			t.Errorf("%s: %v", name, errs)
		}
	}
	foreign := a.mustQuery(t, a.as("manager.n1"), operation(t, "mobile/Changes.graphql"), vars{"storeId": a.storeID("N2"), "after": beginning})
	if foreign.at("changes") != nil {
		t.Errorf("changes: %s", foreign.JSON)
	}
}

func TestPositionOlderThanRetentionRequiresAResync(t *testing.T) {
	t.Parallel()
	a := newLiveAPI(t)
	old := a.mustQuery(t, a.as("manager.n1"), `query($id: ID!) { store(id: $id) { eventCursor } }`, vars{"id": a.storeID("N1")}).at("store.eventCursor")
	if _, err := a.pool.Exec(t.Context(), "UPDATE events.horizon SET xid = pg_current_xact_id()::text::bigint + 1"); err != nil {
		t.Fatal(err)
	}

	got := a.mustQuery(t, a.as("manager.n1"), operation(t, "mobile/Changes.graphql"), vars{"storeId": a.storeID("N1"), "after": old})

	if got.at("changes.resyncRequired") != true {
		t.Errorf("got %s", got.JSON)
	}
}
