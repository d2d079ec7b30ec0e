package resolvers_test

import (
	"context"
	"math"
	"testing"
	"time"

	"aisle/store"
)

func TestReplayedMutationReturnsTheFirstResponseAfterEmployeesLeft(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	assign := vars{"taskId": a.taskID("N1 task 0"), "assigneeId": a.employeeID("supervisor.n1"), "idempotencyKey": "assign"}
	first := a.sendOperation(t, a.as("manager.n1"), "admin/AssignTask.graphql", assign)
	left := a.mutate(t, a.as("admin"), mutation("deactivateEmployee", employeeSelection), vars{"employeeId": a.employeeID("supervisor.n1")})
	if first.code() != "" || left.code() != "" {
		t.Fatalf("got %s, %s", first.JSON, left.JSON)
	}

	again := a.sendOperation(t, a.as("manager.n1"), "admin/AssignTask.graphql", assign)

	if again.JSON != first.JSON {
		t.Errorf("got %s\nwant %s", again.JSON, first.JSON)
	}
}

func TestReplayedUserErrorIsTheSameAfterDataChanged(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	said := vars{"storeCode": "N7", "score": 9, "idempotencyKey": "said"}
	first := a.sendOperation(t, a.as("admin"), "partner/SubmitFeedback.graphql", said)
	opened := a.mutate(t, a.as("admin"), mutation("createStore", storeSelection), vars{
		"code": "N7", "regionId": a.regionID("N"), "name": "Seventh", "timezone": "America/Chicago",
	})
	if first.code() != "NOT_FOUND" || opened.code() != "" {
		t.Fatalf("got %s, %s", first.JSON, opened.JSON)
	}

	again := a.sendOperation(t, a.as("admin"), "partner/SubmitFeedback.graphql", said)
	said["idempotencyKey"] = "said again"
	withNewKey := a.sendOperation(t, a.as("admin"), "partner/SubmitFeedback.graphql", said)

	if again.JSON != first.JSON || withNewKey.at("feedback.score") != 9.0 {
		t.Errorf("again %s\nwith a new key %s", again.JSON, withNewKey.JSON)
	}
}

func TestReusedKeyWithAnInvalidInputIsRejected(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	adjust := vars{"storeId": a.storeID("N1"), "productId": a.productID("100"), "delta": 1, "reason": "COUNT", "idempotencyKey": "k"}
	a.sendOperation(t, a.as("associate.n1"), "mobile/AdjustStock.graphql", adjust)

	adjust["delta"] = 0
	got := a.sendOperation(t, a.as("associate.n1"), "mobile/AdjustStock.graphql", adjust)

	if got.code() != "IDEMPOTENCY_KEY_REUSED" {
		t.Errorf("got %s", got.JSON)
	}
}

func TestEmptyIdempotencyKeyIsNotTreatedAsMissing(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	adjust := vars{"storeId": a.storeID("N1"), "productId": a.productID("100"), "delta": 1, "reason": "COUNT", "idempotencyKey": ""}

	got := a.sendOperation(t, a.as("associate.n1"), "mobile/AdjustStock.graphql", adjust)

	if got.code() != "REQUIRED" || got.at("userErrors.0.field.0") != "idempotencyKey" {
		t.Errorf("got %s", got.JSON)
	}
}

func TestReplayedHireReturnsTheFirstResponseAfterTheStoreClosed(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	hire := vars{
		"login": "New.One", "displayName": "New One ", "role": "ASSOCIATE", "storeId": a.storeID("N1"), "password": "hush-hush-1",
		"idempotencyKey": "k",
	}
	first := a.mutate(t, a.as("admin"), mutation("hireEmployee", employeeSelection), hire)
	closed := a.mutate(t, a.as("admin"), mutation("closeStore", storeSelection), vars{"storeId": a.storeID("N1")})
	if first.code() != "" || closed.code() != "" {
		t.Fatalf("got %s, %s", first.JSON, closed.JSON)
	}

	again := a.mutate(t, a.as("admin"), mutation("hireEmployee", employeeSelection), hire)

	if again.JSON != first.JSON {
		t.Errorf("got %s\nwant %s", again.JSON, first.JSON)
	}
}

func TestReplayKeepsCoordinatesOnTheEquator(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	document := mutation("updateStore", "store { location { latitude longitude } }")
	update := vars{"storeId": a.storeID("N1"), "location": vars{"latitude": math.Copysign(0, -1), "longitude": 1.5}, "idempotencyKey": "k"}
	first := a.mutate(t, a.as("admin"), document, update)

	again := a.mutate(t, a.as("admin"), document, update)

	if again.JSON != first.JSON {
		t.Errorf("got %s\nwant %s", again.JSON, first.JSON)
	}
}

// runWhileN2Closes runs a mutation that waits for the lock of the store N2 until the store has closed.
func (a *api) runWhileN2Closes(t *testing.T, change func() response) response {
	t.Helper()
	held, release := make(chan struct{}), make(chan struct{})
	closed := make(chan error, 1)
	go func() {
		c := store.Command{Name: "close", Locks: store.StoreLocks(a.store["N2"])}
		_, err := store.Run(context.WithoutCancel(t.Context()), a.resolver.Commands, c, func(ctx context.Context, tx *store.Tx) (any, error) {
			close(held)
			<-release
			_, err := tx.Exec(ctx, "UPDATE stores.store SET status = 'CLOSED' WHERE id = $1", a.store["N2"])
			return nil, err
		})
		closed <- err
	}()
	<-held
	answers := make(chan response, 1)
	go func() { answers <- change() }()
	for waiting := false; !waiting; { // it comes to it, or answers
		row := a.pool.QueryRow(t.Context(), `SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
			AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))`)
		if err := row.Scan(&waiting); err != nil {
			t.Fatal(err)
		}
		select {
		case got := <-answers:
			t.Fatalf("it did not wait: %s", got.JSON)
		default:
		}
	}
	close(release)
	if err := <-closed; err != nil {
		t.Fatal(err)
	}
	return <-answers
}

func TestMutationsFailInAStoreThatClosedWhileTheyWaited(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(a *api) response{
		"createTasks": func(a *api) response {
			return a.sendOperation(t, a.as("admin"), "admin/CreateTasks.graphql", vars{"tasks": []any{
				vars{"storeId": a.storeID("N2"), "title": "New", "kind": "CLEANING", "dueAt": now.Format(time.RFC3339)},
			}})
		},
		"hireEmployee": func(a *api) response {
			return a.mutate(t, a.as("admin"), mutation("hireEmployee", employeeSelection), vars{
				"login": "late", "displayName": "Late", "role": "ASSOCIATE", "storeId": a.storeID("N2"), "password": "long enough",
			})
		},
		"moveEmployee": func(a *api) response {
			return a.mutate(t, a.as("admin"), mutation("moveEmployee", employeeSelection), vars{
				"employeeId": a.employeeID("associate.n1"), "role": "ASSOCIATE", "storeId": a.storeID("N2"),
			})
		},
	} {
		a := newAPI(t)
		got := a.runWhileN2Closes(t, func() response { return change(a) })
		want := "CLOSED"
		if name == "createTasks" {
			want = "0 CLOSED[storeId]" // the row
		}
		if got.code()+got.rejectedRows() != want {
			t.Errorf("%s: %s", name, got.JSON)
		}
	}
}
