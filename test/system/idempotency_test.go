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

// eventually waits until it is so.
func eventually(t *testing.T, what string, so func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	const pause = 10 * time.Millisecond // each look may be a request to a node
	tick := time.NewTicker(pause)
	defer tick.Stop()
	for !so() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("not in time: %s", what)
		}
	}
}

// command is a change, with what there is of it when it is done once.
type command struct {
	operation string
	in        input
	effect    string // a column of one row
}

// commandsOf are changes of one store, in an order in which they can be done.
func commandsOf(t *testing.T, w *worker) []command {
	t.Helper()
	made, err := w.change(t.Context(), "CreateTasks", input{"tasks": []input{w.task("first")}})
	if err != nil {
		t.Fatal(err)
	}
	task := made.Tasks[0].ID
	return []command{
		{"StartTask", keyed(input{"taskId": task, "expectedVersion": 1}), "SELECT id::text FROM events.event WHERE type = 'TASK_STARTED'"},
		{"AddComment", keyed(input{"taskId": task, "body": "on it"}), "SELECT id::text FROM tasks.comment WHERE body = 'on it'"},
		{"CompleteTask", keyed(input{"taskId": task, "note": "done"}), "SELECT id::text FROM tasks.comment WHERE body = 'done'"},
		{
			"AdjustStock", keyed(input{"storeId": w.storeID, "productId": w.productID, "delta": 7, "reason": "found"}),
			"SELECT id::text FROM inventory.movement WHERE reason = 'found'",
		},
		{
			"RecordStock", keyed(input{"movements": []input{w.movement("RECEIPT", 5, "at the ramp"), w.movement("SALE", 5, "at the till")}}),
			"SELECT id::text FROM inventory.movement WHERE reference = 'at the ramp'",
		},
		{"CreateTasks", keyed(input{"tasks": []input{w.task("second")}}), "SELECT id::text FROM tasks.task WHERE title = 'second'"},
	}
}

// eventsOfCommands is how many events all commands are, with the task that they begin with.
const eventsOfCommands = 8

// sendOnce sends a command and gives the answer as it came.
func (c *caller) sendOnce(ctx context.Context, do command) (answer []byte, err error) {
	return c.post(ctx, document(do.operation), input{"input": do.in})
}

// isCommitted says whether a command has its answer in the database.
func isCommitted(t *testing.T, pool *postgres.Pool, do command) bool {
	t.Helper()
	return slices.ContainsFunc(column(t, pool, "SELECT key FROM events.command"), func(key string) bool {
		return key == do.in["idempotencyKey"]
	})
}

func checkDoneOnce(t *testing.T, pool *postgres.Pool, commands []command) {
	t.Helper()
	for _, do := range commands {
		if n := len(column(t, pool, do.effect)); n != 1 {
			t.Errorf("%s was done %d times", do.operation, n)
		}
	}
	if n := len(happenedIn(t, pool, "")); n != eventsOfCommands {
		t.Errorf("%d events, want %d", n, eventsOfCommands)
	}
}

const noRedis = "redis://127.0.0.1:1"

// The server never hears that its transactions are committed, and is killed. Its clients, which have no answer, send the
// same again, with the same keys.
func TestServerKilledBetweenCommitAndAnswerDoesNothingTwice(t *testing.T) {
	t.Parallel()
	database := demoDatabase(t, 2)
	pool := openDemo(t, database)
	line, through := before(t, database)
	node := startNode(t, through, noRedis)
	w := newWorker(t, node.api, "manager.1")
	commands := commandsOf(t, w)
	line.hush(`"store_id":`) // what the events tell, which goes with COMMIT
	var waiting errgroup.Group
	for _, do := range commands {
		waiting.Go(func() error {
			if answer, err := w.sendOnce(t.Context(), do); err == nil {
				return fmt.Errorf("%s was answered: %s", do.operation, answer)
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

// before puts a proxy before a database, and gives the URL that leads through it.
func before(t *testing.T, database string) (line *proxy, through string) {
	t.Helper()
	at, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	line = newProxy(t, at.Host)
	at.Host, at.RawQuery = line.address(), "sslmode=disable"
	return line, at.String()
}

// The answer to a command that comes again is the first one, whatever has happened since.
func TestAnswersAreTheFirstOnesFromAServerThatWasKilledSince(t *testing.T) {
	t.Parallel()
	database := demoDatabase(t, 2)
	pool := openDemo(t, database)
	node := startNode(t, database, noRedis)
	w := newWorker(t, node.api, "manager.1")
	commands := commandsOf(t, w)
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
			t.Errorf("%s is answered by %s, %v; at first by %s", do.operation, answer, err, first[i])
		}
	}
	checkDoneOnce(t, pool, commands)
}
