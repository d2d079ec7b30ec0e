package resolvers_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"
)

// The data that an app keeps a copy of: the tasks and stock of a store, with its cursor.
const snapshotQuery = `query($id: ID!) { store(id: $id) { eventCursor
	tasks(first: 100) { edges { node { id title status version assignee { id } steps { id isDone } } } }
	stockLevels(first: 100) { edges { node { id onHand version } } } } }`

const changesQuery = `query($id: ID!, $after: String!) { changes(storeId: $id, after: $after, first: 7) { cursor hasMore events {
	... on TaskEvent { task { id title status version assignee { id } steps { id isDone } } }
	... on StockEvent { stock { id onHand version } } } } }`

// localCopy is the copy of an app: objects by id.
type localCopy map[any]any

// loadCopy queries a copy and returns its cursor.
func (a *api) loadCopy(t *testing.T) (r localCopy, cursor any) {
	t.Helper()
	got := a.mustQuery(t, a.as("manager.n1"), snapshotQuery, vars{"id": a.storeID("N1")})
	r = localCopy{}
	for _, list := range []string{"store.tasks.edges", "store.stockLevels.edges"} {
		edges, _ := got.at(list).([]any)
		for _, edge := range edges {
			r.put(member(edge, "node"))
		}
	}
	return r, got.at("store.eventCursor")
}

// put stores an object if it is newer than the copy: changes may repeat what the query returned already.
func (r localCopy) put(thing any) {
	fields, ok := thing.(map[string]any)
	if !ok {
		return
	}
	if old, known := r[fields["id"]]; !known || version(fields) >= version(old) {
		r[fields["id"]] = fields
	}
}

// member returns a member of an object, or nil.
func member(object any, name string) any {
	fields, _ := object.(map[string]any)
	return fields[name]
}

func version(thing any) float64 {
	n, _ := member(thing, "version").(float64)
	return n
}

// syncCopy applies all changes after a cursor and returns the new cursor.
func (a *api) syncCopy(t *testing.T, r localCopy, after any) any {
	t.Helper()
	for {
		got := a.mustQuery(t, a.as("manager.n1"), changesQuery, vars{"id": a.storeID("N1"), "after": after})
		list, _ := got.at("changes.events").([]any)
		for _, e := range list {
			r.put(member(e, "task"))
			r.put(member(e, "stock"))
		}
		after = got.at("changes.cursor")
		if got.at("changes.hasMore") == false {
			return after
		}
	}
}

func TestChangesKeepALocalCopyCurrentUnderConcurrentWrites(t *testing.T) {
	t.Parallel()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	a := newLiveAPI(t)
	var writers errgroup.Group
	for i := range 3 {
		random := rand.New(rand.NewPCG(seed, uint64(i)))
		writers.Go(func() error {
			for range 25 {
				a.writeRandom(t, random)
			}
			return nil
		})
	}
	copied, at := a.loadCopy(t)
	at = a.syncCopy(t, copied, at)
	if err := writers.Wait(); err != nil {
		t.Fatal(err)
	}

	want, _ := a.loadCopy(t)
	diff := "not compared"
	for deadline := time.Now().Add(20 * time.Second); diff != "" && time.Now().Before(deadline); { // the last changes settle
		at = a.syncCopy(t, copied, at)
		diff = cmp.Diff(want, copied)
	}
	if diff != "" {
		t.Errorf("the copy is not what is (-is +copy):\n%s", diff)
	}
}

// writeRandom sends a random mutation, which may be rejected.
func (a *api) writeRandom(t *testing.T, random *rand.Rand) {
	t.Helper()
	who := a.as([]string{"manager.n1", "associate.n1", "supervisor.n1"}[random.IntN(3)])
	id := a.taskID(fmt.Sprintf("N1 task %d", random.IntN(3)))
	switch random.IntN(5) {
	case 0:
		a.sendOperation(t, who, "mobile/StartTask.graphql", vars{"taskId": id})
	case 1:
		a.sendOperation(t, a.as("manager.n1"), "admin/AssignTask.graphql", vars{"taskId": id, "assigneeId": a.employeeID("associate.n1")})
	case 2:
		step := a.stepID(fmt.Sprintf("N1 task %d step %d", random.IntN(3), 1+random.IntN(2)))
		a.sendOperation(t, who, "mobile/CheckStep.graphql", vars{"stepId": step, "isDone": random.IntN(2) == 0})
	case 3:
		a.sendOperation(t, who, "mobile/AdjustStock.graphql", vars{
			"storeId": a.storeID("N1"), "productId": a.productID("100"), "delta": 1 + random.IntN(3), "reason": "COUNT",
		})
	default:
		a.sendOperation(t, a.as("manager.n1"), "admin/CreateTasks.graphql", vars{"tasks": []any{
			vars{"storeId": a.storeID("N1"), "title": "New", "kind": "CLEANING", "dueAt": now.Format(time.RFC3339)},
		}})
	}
}
