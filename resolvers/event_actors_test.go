package resolvers_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"aisle/auth"
	"aisle/store"
	"aisle/store/partners"
)

const eventActors = `subscription($after: String) { events(after: $after) {
	type actor { __typename ... on Employee { displayName } } } }`

const actorsOfChanges = `query($after: String!, $types: [EventType!]) { changes(after: $after, types: $types) { events {
	type actor { __typename ... on Employee { displayName } } } } }`

// actorTypes are the types of events that the tests of actors look at.
var actorTypes = []any{"TASK_STARTED", "STORE_UPDATED", "PRODUCT_CREATED", "STOCK_CHANGED"}

// causeEvents makes an employee, the region's manager, an administrator and a partner cause events of the store N1 or of the chain.
func (a *api) causeEvents(t *testing.T) {
	t.Helper()
	partner := a.asPartner(t, "inventory:write")
	a.sendOperation(t, a.as("associate.n1"), "mobile/StartTask.graphql", vars{"taskId": a.taskID("N1 task 0")})
	a.mutate(t, a.as("region.n"), mutation("updateStore", "store { id }"), vars{"storeId": a.storeID("N1"), "name": "First Street"})
	a.sendOperation(t, a.as("admin"), "partner/UpsertProducts.graphql", vars{"products": []any{vars{"sku": "900", "name": "Oat milk"}}})
	a.sendOperation(t, partner, "partner/RecordStock.graphql", vars{"movements": []any{
		vars{"storeCode": "N1", "sku": "100", "kind": "RECEIPT", "quantity": 1},
	}})
}

// An event's actor is shown to those who see the employee; a partner only to administrators.
func TestEventShowsItsActorToThoseWhoMaySeeThem(t *testing.T) {
	t.Parallel()
	a := newLiveAPI(t)
	employee := func(login string) map[string]any {
		return map[string]any{"__typename": "Employee", "displayName": "Ms " + login}
	}
	partner := map[string]any{"__typename": "Partner"}
	everyone := []any{employee("associate.n1"), employee("region.n"), employee("admin"), nil}
	viewers := map[string]struct {
		viewer auth.Viewer
		want   []any // the actors of actorTypes
	}{
		"a colleague":                     {a.as("supervisor.n1"), everyone},
		"the region's manager":            {a.as("region.n"), everyone},
		"an administrator":                {a.as("admin"), []any{everyone[0], everyone[1], everyone[2], partner}},
		"a partner who may see employees": {a.asPartner(t, "events:read staff:read", "N1"), []any{everyone[0], nil, nil, nil}},
	}
	followers := map[string]*subscriber{}
	for name, v := range viewers {
		f, errs := a.subscribe(t, v.viewer, eventActors, nil)
		if errs != nil {
			t.Fatal(name, errs)
		}
		followers[name] = f
	}

	a.causeEvents(t)

	for name, v := range viewers {
		actors := map[any]any{}
		for len(actors) < len(actorTypes) {
			for _, e := range followers[name].next(t) {
				actors[e.at("events.type")] = e.at("events.actor")
				if e.Statements != 0 {
					t.Errorf("%s: showing a %s cost %d statements", name, e.at("events.type"), e.Statements)
				}
			}
		}
		polled := a.changes(t, v.viewer, actorsOfChanges, vars{"after": beginning, "types": actorTypes}, len(actorTypes))
		list, _ := polled.at("changes.events").([]any)
		for i, kind := range actorTypes {
			if diff := cmp.Diff(v.want[i], actors[kind]); diff != "" {
				t.Errorf("%s follows a %s (-want +got):\n%s", name, kind, diff)
			}
			if diff := cmp.Diff(map[string]any{"type": kind, "actor": v.want[i]}, list[i]); diff != "" {
				t.Errorf("%s polls a %s (-want +got):\n%s", name, kind, diff)
			}
		}
	}
}

func TestPartnersWithoutStaffReadSeeNoActor(t *testing.T) {
	t.Parallel()
	a := newLiveAPI(t)
	v := a.asPartner(t, "events:read")
	f, errs := a.subscribe(t, v, `subscription { events { actor { __typename } } }`, nil)
	if errs != nil {
		t.Fatal(errs)
	}
	a.sendOperation(t, a.as("associate.n1"), "mobile/StartTask.graphql", vars{"taskId": a.taskID("N1 task 0")})

	got := f.next(t)

	if len(got) != 1 || got[0].JSON != `{"events":{"actor":null}}` {
		t.Errorf("got %v", got)
	}
	refused := a.query(t, v, actorsOfChanges, vars{"after": beginning})
	if len(refused.Errors) != 1 || refused.Errors[0] != `"Employee" requires the permission STAFF_READ.` {
		t.Errorf("selecting an employee: %v", refused.Errors)
	}
}

func TestAdministratorsSeeWhichPartnerCausedAnEvent(t *testing.T) {
	t.Parallel()
	a := newLiveAPI(t)
	f, errs := a.subscribe(t, a.as("admin"), `subscription { events(types: [STOCK_CHANGED]) { actor { ... on Partner { id name } } } }`, nil)
	if errs != nil {
		t.Fatal(errs)
	}
	partner := a.asPartner(t, "inventory:write")
	a.sendOperation(t, partner, "partner/RecordStock.graphql", vars{"movements": []any{
		vars{"storeCode": "N1", "sku": "100", "kind": "RECEIPT", "quantity": 1},
	}})

	got := f.next(t)

	if len(got) != 1 || got[0].at("events.actor.id") != store.GlobalID(partners.Prefix, partner.PartnerID) || got[0].Statements != 0 {
		t.Errorf("got %v", got)
	}
}
