package resolvers_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"aisle/store/events"
)

const followedChanges = `query($after: String!, $first: Int, $types: [EventType!], $ids: [ID!], $codes: [String!]) {
	changes(after: $after, first: $first, types: $types, storeIds: $ids, storeCodes: $codes) {
		events { type store { code } } cursor hasMore resyncRequired } }`

// typesAndStores returns the types of a page of changes with the codes of their stores.
func typesAndStores(got response) (list []string) {
	page, _ := got.at("changes.events").([]any)
	for _, e := range page {
		code, _ := member(member(e, "store"), "code").(string)
		kind, _ := member(e, "type").(string)
		list = append(list, strings.TrimSpace(kind+" "+code))
	}
	return list
}

func TestChangesOfAllStoresCanBeFiltered(t *testing.T) {
	t.Parallel()
	a := newLiveAPI(t)
	for _, code := range []string{"N1", "N2", "S1"} {
		a.sendOperation(t, a.as("associate."+strings.ToLower(code)), "mobile/StartTask.graphql", vars{"taskId": a.taskID(code + " task 0")})
	}
	a.sendOperation(t, a.as("admin"), "partner/UpsertProducts.graphql", vars{"products": []any{vars{"sku": "900", "name": "Oat milk"}}})
	all := []string{"TASK_STARTED N1", "TASK_STARTED N2", "TASK_STARTED S1", "PRODUCT_CREATED"}
	admin := a.as("admin")
	a.changes(t, admin, followedChanges, vars{"after": beginning}, len(all))
	partner := a.asPartner(t, "events:read", "N1", "S1")

	for name, c := range map[string]struct {
		got  response
		want []string
	}{
		"an administrator":     {a.mustQuery(t, admin, followedChanges, vars{"after": beginning}), all},
		"a region's manager":   {a.mustQuery(t, a.as("region.n"), followedChanges, vars{"after": beginning}), []string{all[0], all[1], all[3]}},
		"a partner of N1, S1":  {a.mustQuery(t, partner, followedChanges, vars{"after": beginning}), []string{all[0], all[2], all[3]}},
		"by type":              {a.mustQuery(t, admin, followedChanges, vars{"after": beginning, "types": []any{"PRODUCT_CREATED"}}), all[3:]},
		"by code":              {a.mustQuery(t, admin, followedChanges, vars{"after": beginning, "codes": []any{"N2"}}), all[1:2]},
		"by id":                {a.mustQuery(t, admin, followedChanges, vars{"after": beginning, "ids": []any{a.storeID("S1")}}), all[2:3]},
		"by id and code":       {a.mustQuery(t, admin, followedChanges, vars{"after": beginning, "ids": []any{a.storeID("S1")}, "codes": []any{"N1", "N1"}}), []string{all[0], all[2]}},
		"by code and by type":  {a.mustQuery(t, admin, followedChanges, vars{"after": beginning, "codes": []any{"N1"}, "types": []any{"TASK_CREATED"}}), nil},
		"of no store at all":   {a.mustQuery(t, admin, followedChanges, vars{"after": beginning, "codes": []any{}}), nil},
		"of one twice":         {a.mustQuery(t, admin, followedChanges, vars{"after": beginning, "ids": []any{a.storeID("N1")}, "codes": []any{"N1"}}), all[:1]},
		"the first two of all": {a.mustQuery(t, admin, followedChanges, vars{"after": beginning, "first": 2}), all[:2]},
	} {
		if got := typesAndStores(c.got); !slices.Equal(got, c.want) || c.got.at("changes.hasMore") != (name == "the first two of all") {
			t.Errorf("%s: %s, want %v", name, c.got.JSON, c.want)
		}
	}
}

// Polling all stores of a partner costs the same number of statements for one event and for many.
func TestChangesOfAllStoresNeedAFixedNumberOfStatements(t *testing.T) {
	t.Parallel()
	a := newLiveAPI(t)
	partner := a.asPartner(t, "events:read")
	a.sendOperation(t, a.as("associate.n1"), "mobile/StartTask.graphql", vars{"taskId": a.taskID("N1 task 0")})
	one := a.changes(t, partner, followedChanges, vars{"after": beginning}, 1)
	for _, code := range []string{"N2", "S1"} {
		a.sendOperation(t, a.as("associate."+strings.ToLower(code)), "mobile/StartTask.graphql", vars{"taskId": a.taskID(code + " task 0")})
	}

	three := a.changes(t, partner, followedChanges, vars{"after": beginning}, 3)

	if one.Statements != three.Statements || three.Statements > 5 {
		t.Errorf("%d statements for one event, %d for three", one.Statements, three.Statements)
	}
}

func TestErrorsOfTheArgumentsOfChangesSayWhatWouldBeRight(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	for document, want := range map[string]string{
		`{ changes(after: "") { cursor } }`: `"" is not an event cursor. ` +
			`Pass the eventCursor of a store, or the cursor of an event or of changes.`,
		`{ changes(after: "` + beginning + `", storeCodes: ["N1", "N9"]) { cursor } }`: `There is no store with the code "N9".`,
		`{ changes(after: "` + beginning + `", first: 0) { cursor } }`:                 `first is 0. It must be 1 to 1000.`,
	} {
		if got := a.query(t, a.as("admin"), document, nil); len(got.Errors) != 1 || got.Errors[0] != want {
			t.Errorf("%s: %q, want %q", document, got.Errors, want)
		}
	}
}

func TestEventsOfStoreCodesAreDelivered(t *testing.T) {
	t.Parallel()
	a := newLiveAPI(t)
	f, errs := a.subscribe(t, a.as("admin"), `subscription($codes: [String!]) { events(storeCodes: $codes) { type store { code } } }`,
		vars{"codes": []any{"N2"}})
	if errs != nil {
		t.Fatal(errs)
	}
	a.sendOperation(t, a.as("associate.n1"), "mobile/StartTask.graphql", vars{"taskId": a.taskID("N1 task 0")})
	a.sendOperation(t, a.as("associate.n2"), "mobile/StartTask.graphql", vars{"taskId": a.taskID("N2 task 0")})

	got := f.next(t)

	if len(got) != 1 || got[0].JSON != `{"events":{"type":"TASK_STARTED","store":{"code":"N2"}}}` {
		t.Errorf("got %v", got)
	}
}

// The operations of the apps select what every event has, so a checkpoint fits into them.
func TestCheckpointIsAnEventOfTheAppsOperations(t *testing.T) {
	t.Parallel()
	a := newLiveAPI(t, func(c *events.Config) { c.CheckpointInterval = time.Millisecond })
	f, errs := a.subscribe(t, a.as("associate.n1"), operation(t, "mobile/StoreEvents.graphql"), vars{"storeId": a.storeID("N1")})
	if errs != nil {
		t.Fatal(errs)
	}

	got := f.next(t)

	if len(got) != 1 || got[0].at("storeEvents.type") != "CHECKPOINT" || got[0].Statements != 0 ||
		!strings.HasPrefix(fmt.Sprint(got[0].at("storeEvents.id")), "checkpoint_") {
		t.Fatalf("got %v", got)
	}
	again, errs := a.subscribe(t, a.as("associate.n1"), operation(t, "mobile/StoreEvents.graphql"),
		vars{"storeId": a.storeID("N1"), "after": got[0].at("storeEvents.cursor")})
	if errs != nil {
		t.Fatal(errs)
	}
	a.sendOperation(t, a.as("associate.n1"), "mobile/StartTask.graphql", vars{"taskId": a.taskID("N1 task 0")})
	for {
		next := again.next(t)
		if kind := next[0].at("storeEvents.type"); kind == "TASK_STARTED" {
			break
		} else if kind != "CHECKPOINT" {
			t.Fatalf("got %v", next)
		}
	}
}
