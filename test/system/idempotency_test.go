package system_test

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"aisle/store/postgres"
)

// eventually waits until the condition is true.
func eventually(t *testing.T, what string, so func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	const pause = 10 * time.Millisecond // the condition may send a request
	tick := time.NewTicker(pause)
	defer tick.Stop()
	for !so() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("timed out: %s", what)
		}
	}
}

// An idempotentCommand is a mutation and a query for its effect.
type idempotentCommand struct {
	operation string
	in        input
	effect    string // a column of one row
}

// storeCommands returns mutations of one store, in a valid order.
func storeCommands(t *testing.T, w *worker) []idempotentCommand {
	t.Helper()
	made, err := w.change(t.Context(), "CreateTasks", input{"tasks": []input{w.task("first")}})
	if err != nil {
		t.Fatal(err)
	}
	task := made.Tasks[0].ID
	return []idempotentCommand{
		{"StartTask", withIdempotencyKey(input{"taskId": task, "expectedVersion": 1}), "SELECT id::text FROM events.event WHERE type = 'TASK_STARTED'"},
		{"AddComment", withIdempotencyKey(input{"taskId": task, "body": "on it"}), "SELECT id::text FROM tasks.comment WHERE body = 'on it'"},
		{"CompleteTask", withIdempotencyKey(input{"taskId": task, "note": "done"}), "SELECT id::text FROM tasks.comment WHERE body = 'done'"},
		{
			"AdjustStock", withIdempotencyKey(input{"storeId": w.storeID, "productId": w.productID, "delta": 7, "reason": "FOUND"}),
			"SELECT id::text FROM inventory.movement WHERE reason = 'FOUND'",
		},
		{
			"RecordStock", withIdempotencyKey(input{"movements": []input{w.movement("RECEIPT", 5, "at the ramp"), w.movement("SALE", 5, "at the till")}}),
			"SELECT id::text FROM inventory.movement WHERE reference = 'at the ramp'",
		},
		{"CreateTasks", withIdempotencyKey(input{"tasks": []input{w.task("second")}}), "SELECT id::text FROM tasks.task WHERE title = 'second'"},
	}
}

// eventsPerCommandList is how many events the commands write, with the task that they use.
const eventsPerCommandList = 8

// sendOnce sends a command once and returns the body of the response.
func (c *caller) sendOnce(ctx context.Context, do idempotentCommand) (answer []byte, err error) {
	return c.post(ctx, document(do.operation), input{"input": do.in})
}

// isCommitted reports whether the result of a command is in the database.
func isCommitted(t *testing.T, pool *postgres.Pool, do idempotentCommand) bool {
	t.Helper()
	return slices.ContainsFunc(column(t, pool, "SELECT key FROM events.command"), func(key string) bool {
		return key == do.in["idempotencyKey"]
	})
}

func checkDoneOnce(t *testing.T, pool *postgres.Pool, commands []idempotentCommand) {
	t.Helper()
	for _, do := range commands {
		if n := len(column(t, pool, do.effect)); n != 1 {
			t.Errorf("%s was applied %d times", do.operation, n)
		}
	}
	if n := len(eventsOf(t, pool, "")); n != eventsPerCommandList {
		t.Errorf("%d events, want %d", n, eventsPerCommandList)
	}
}

const noRedis = "redis://127.0.0.1:1"

// The server does not receive the result of COMMIT, and is killed. The clients get no response and retry with the same keys.
func TestRetriesAfterACrashBetweenCommitAndResponse(t *testing.T) {
	t.Parallel()
	database := demoDatabase(t, 2)
	pool := openDemo(t, database)
	line, through := newDatabaseProxy(t, database)
	node := startNode(t, through, noRedis)
	w := newWorker(t, node.api, "manager.1")
	commands := storeCommands(t, w)
	line.blockResponsesAfter(`"store_id":`) // part of the events, which are sent with COMMIT
	var waiting errgroup.Group
	for _, do := range commands {
		waiting.Go(func() error {
			if answer, err := w.sendOnce(t.Context(), do); err == nil {
				return fmt.Errorf("%s got a response: %s", do.operation, answer)
			}
			return nil
		})
		eventually(t, do.operation+" is committed", func() bool { return isCommitted(t, pool, do) })
	}
	node.kill()
	if err := waiting.Wait(); err != nil {
		t.Fatal(err)
	}
	w.url = startNode(t, database, noRedis).api

	for _, do := range commands {
		if _, err := w.change(t.Context(), do.operation, do.in); err != nil {
			t.Error(err)
		}
	}

	checkDoneOnce(t, pool, commands)
}

// newDatabaseProxy starts a proxy in front of a database, and returns the URL of the database through the proxy.
func newDatabaseProxy(t *testing.T, database string) (line *proxy, through string) {
	t.Helper()
	at, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	line = newProxy(t, at.Host)
	at.Host, at.RawQuery = line.address(), "sslmode=disable"
	return line, at.String()
}

// A retried command returns its first result, also after a crash and later changes.
func TestRetriesReturnTheFirstResultAfterACrash(t *testing.T) {
	t.Parallel()
	database := demoDatabase(t, 2)
	pool := openDemo(t, database)
	node := startNode(t, database, noRedis)
	w := newWorker(t, node.api, "manager.1")
	commands := storeCommands(t, w)
	first := make([]string, len(commands))
	for i, do := range commands {
		answer, err := w.sendOnce(t.Context(), do)
		if err != nil {
			t.Fatal(err)
		}
		first[i] = string(answer)
	}
	node.kill()
	w.url = startNode(t, database, noRedis).api

	for i, do := range commands {
		answer, err := w.sendOnce(t.Context(), do)

		if err != nil || string(answer) != first[i] {
			t.Errorf("%s returned %s, %v; the first time %s", do.operation, answer, err, first[i])
		}
	}
	checkDoneOnce(t, pool, commands)
}
