package system_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"aisle/store"
	"aisle/store/postgres"
	"aisle/store/stores"
	"aisle/store/tasks"
)

// A worker repeats a sequence of changes, each with an idempotency key, and records the acknowledged ones. Each round has a label,
// which is in all rows that it writes.
type worker struct {
	*caller

	storeID, storeCode, cursor string
	productID, sku             string
	rounds, comments           []string // the labels of complete rounds, and the ids of their comments
}

const placeOfWork = `{ viewer { store { id code eventCursor stockLevels(first: 1) { edges { node { product { id sku } } } } } } }`

// newWorker signs in an employee of a store.
func newWorker(t *testing.T, url, login string) *worker {
	t.Helper()
	w := &worker{caller: newCaller(t, url, login)}
	var data struct {
		Viewer struct {
			Store struct {
				ID, Code, EventCursor string
				StockLevels           struct {
					Edges []struct {
						Node struct{ Product struct{ ID, SKU string } }
					}
				}
			}
		}
	}
	if err := w.retry(t.Context(), placeOfWork, nil, &data); err != nil {
		t.Fatal(err)
	}
	at := data.Viewer.Store
	w.storeID, w.storeCode, w.cursor = at.ID, at.Code, at.EventCursor
	w.productID, w.sku = at.StockLevels.Edges[0].Node.Product.ID, at.StockLevels.Edges[0].Node.Product.SKU
	return w
}

// eventsPerRound is how many events a round writes.
const eventsPerRound = 7

// round sends the changes in sequence, and records the round when all of them are acknowledged.
func (w *worker) round(ctx context.Context) error {
	label := fmt.Sprintf("round %d of %s", len(w.rounds), w.login)
	made, err := w.change(ctx, "CreateTasks", withIdempotencyKey(input{"tasks": []input{w.task(label)}}))
	if err != nil {
		return err
	}
	task := made.Tasks[0].ID
	for _, next := range []struct {
		operation string
		in        input
	}{
		{"StartTask", input{"taskId": task, "expectedVersion": 1}},
		{"AddComment", input{"taskId": task, "body": label}},
		{"CompleteTask", input{"taskId": task, "expectedVersion": 2}},
		{"AdjustStock", input{"storeId": w.storeID, "productId": w.productID, "delta": 1, "reason": "OTHER", "note": label}},
		{"RecordStock", input{"movements": []input{w.movement("RECEIPT", 3, label), w.movement("SALE", 2, label)}}},
	} {
		done, err := w.change(ctx, next.operation, withIdempotencyKey(next.in))
		if err != nil {
			return err
		}
		if next.operation == "AddComment" {
			w.comments = append(w.comments, done.Comment.ID)
		}
	}
	w.rounds = append(w.rounds, label)
	return nil
}

func (w *worker) task(title string) input {
	return input{"storeId": w.storeID, "title": title, "kind": "CLEANING", "dueAt": time.Now().Add(time.Hour)}
}

func (w *worker) movement(kind string, quantity int, reference string) input {
	return input{"storeCode": w.storeCode, "sku": w.sku, "kind": kind, "quantity": quantity, "reference": reference}
}

// withIdempotencyKey adds a new idempotency key to an input and returns it.
func withIdempotencyKey(in input) input {
	in["idempotencyKey"] = uuid.NewString()
	return in
}

// An eventRow is an event as clients receive it.
type eventRow struct {
	ID     string `json:"id"`
	Cursor string `json:"cursor"`
	Type   string `json:"type"`
}

// eventsOf reads the event log of a store, or of the chain if the id is empty.
func eventsOf(t *testing.T, pool *postgres.Pool, storeID string) (list []eventRow) {
	t.Helper()
	var in uuid.NullUUID
	if storeID != "" {
		var err error
		if in.UUID, err = store.ParseID(stores.StorePrefix, storeID); err != nil {
			t.Fatal(err)
		}
		in.Valid = true
	}
	rows, err := pool.Query(t.Context(),
		"SELECT xid, seq, id, type FROM events.event WHERE $1::uuid IS NULL OR store_id = $1 ORDER BY xid, seq", in)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var at store.Position
		var id uuid.UUID
		var e eventRow
		if err := rows.Scan(&at.XID, &at.Seq, &id, &e.Type); err != nil {
			t.Fatal(err)
		}
		e.ID, e.Cursor = store.GlobalID("event", id), at.String()
		list = append(list, e)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return list
}

// checkDatabase compares the database with the acknowledged rounds of the workers.
func checkDatabase(t *testing.T, pool *postgres.Pool, workers ...*worker) {
	t.Helper()
	var rounds, twice, comments []string
	for _, w := range workers {
		rounds = append(rounds, w.rounds...)
		for _, id := range w.comments {
			comment, err := store.ParseID(tasks.CommentPrefix, id)
			if err != nil {
				t.Fatal(err)
			}
			comments = append(comments, comment.String())
		}
		twice = append(append(twice, w.rounds...), w.rounds...)
	}
	for what, test := range map[string]struct {
		sql  string
		want []string
	}{
		"tasks":               {"SELECT title FROM tasks.task WHERE title LIKE 'round %'", rounds},
		"comments":            {"SELECT body FROM tasks.comment WHERE body LIKE 'round %'", rounds},
		"the ids of comments": {"SELECT id::text FROM tasks.comment WHERE body LIKE 'round %'", comments},
		"adjustments":         {"SELECT note FROM inventory.movement WHERE kind = 'ADJUSTMENT'", rounds},
		"movements":           {"SELECT reference FROM inventory.movement WHERE kind <> 'ADJUSTMENT'", twice},
		"tasks that are not complete, or not of the third version": {
			"SELECT title FROM tasks.task WHERE title LIKE 'round %' AND (status, version) <> ('COMPLETED', 3)", nil,
		},
		"tasks whose events are not those of their versions": {
			`SELECT subject_id::text FROM events.event WHERE type LIKE 'TASK_%' GROUP BY subject_id
			HAVING array_agg(data->'task'->>'version' ORDER BY xid, seq) <> '{1,2,2,3}'`, nil,
		},
		"stocks that are not the sum of their movements": {
			`SELECT id::text FROM inventory.stock LEFT JOIN stock_at_first AS f USING (id)
			LEFT JOIN LATERAL (
				SELECT sum(quantity) AS sum, count(*) AS count FROM inventory.movement AS m
				WHERE (m.store_id, m.product_id) = (stock.store_id, stock.product_id)
			) AS m ON true
			WHERE (stock.on_hand, stock.version) <>
				(coalesce(f.on_hand, 0) + coalesce(m.sum, 0), coalesce(f.version, 0) + m.count)`, nil,
		},
		"movements without an event": {
			`SELECT id::text FROM inventory.movement
			EXCEPT SELECT data->'movement'->>'id' FROM events.event WHERE type = 'STOCK_CHANGED'`, nil,
		},
	} {
		if got := sorted(column(t, pool, test.sql)); !slices.Equal(got, sorted(test.want)) {
			t.Errorf("%s: got %d, want %d:\n%s\nwant\n%s", what, len(got), len(test.want), got, test.want)
		}
	}
	if got, want := len(eventsOf(t, pool, "")), eventsPerRound*len(rounds); got != want {
		t.Errorf("%d events, want %d", got, want)
	}
}

func sorted(list []string) []string { return slices.Sorted(slices.Values(list)) }

// column returns the values of a query with one text column.
func column(t *testing.T, pool *postgres.Pool, sql string) []string {
	t.Helper()
	rows, err := pool.Query(t.Context(), sql)
	if err != nil {
		t.Fatal(err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return list
}
