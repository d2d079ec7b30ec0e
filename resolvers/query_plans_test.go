package resolvers_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"aisle/app/localpg/pgtest"
	"aisle/operations"
	"aisle/store"
	"aisle/store/catalog"
	"aisle/store/postgres"
	"aisle/store/staff"
	"aisle/store/stores"
	"aisle/store/tasks"
)

// largeTable is the number of rows from which no operation may scan a table. largestSort is the maximum number of sorted rows:
// a page and one more row.
const (
	largeTable  = 1000
	largestSort = 101
)

// aThousandStores adds stores to the chain of newAPI, with fewer rows per store than a real one but more than
// a page in each list: about 250,000 rows.
const aThousandStores = `
INSERT INTO stores.region (id, code, name) SELECT gen_random_uuid(), 'R' || n, 'Region ' || n FROM generate_series(1, 20) AS n;
INSERT INTO stores.store (id, region_id, code, name, timezone)
SELECT gen_random_uuid(), (ARRAY(SELECT id FROM stores.region ORDER BY code))[1 + n % 22], 'B' || n, 'Store ' || n, 'UTC'
FROM generate_series(1, 1000) AS n;
INSERT INTO staff.employee (id, store_id, login, display_name, role, hired_on)
SELECT gen_random_uuid(), s.id, 'e' || n || '.' || lower(s.code), 'Employee ' || n,
    CASE n WHEN 1 THEN 'STORE_MANAGER' ELSE 'ASSOCIATE' END, '2020-01-01'
FROM stores.store AS s CROSS JOIN generate_series(1, 5) AS n;
INSERT INTO catalog.product (id, sku, name) SELECT gen_random_uuid(), 'P' || n, 'Product ' || n FROM generate_series(1, 5000) AS n;
INSERT INTO catalog.barcode (key, product_id, printed) SELECT 'K' || sku, id, 'K' || sku FROM catalog.product WHERE sku LIKE 'P%';
INSERT INTO inventory.stock (id, store_id, product_id)
SELECT gen_random_uuid(), s.id, p.id FROM stores.store AS s CROSS JOIN (SELECT id FROM catalog.product WHERE sku LIKE 'P%' LIMIT 30) AS p;
INSERT INTO inventory.lot (id, store_id, product_id, expires_on, quantity, received_at)
SELECT gen_random_uuid(), store_id, product_id, '2026-01-01', 1, now() FROM inventory.stock;
INSERT INTO inventory.lot (id, store_id, product_id, expires_on, quantity, received_at)
SELECT gen_random_uuid(), k.store_id, k.product_id, '2026-01-01'::date + n, 1, now()
FROM inventory.stock AS k INNER JOIN stores.store AS s ON s.id = k.store_id CROSS JOIN generate_series(1, 150) AS n WHERE s.code = 'N1';
INSERT INTO catalog.price (store_id, product_id, valid_from, amount, currency)
SELECT store_id, product_id, '2020-01-01', 1, 'USD' FROM inventory.stock ON CONFLICT DO NOTHING;
INSERT INTO tasks.task (id, store_id, title, kind, due_at, status)
SELECT gen_random_uuid(), s.id, 'Task ' || n, 'CLEANING', now() + make_interval(mins => n), CASE n % 3 WHEN 0 THEN 'COMPLETED' ELSE 'OPEN' END
FROM stores.store AS s CROSS JOIN LATERAL generate_series(1, CASE s.code WHEN 'N1' THEN 300 ELSE 30 END) AS n;
UPDATE tasks.task AS t SET assignee_id = e.id FROM staff.employee AS e WHERE e.store_id = t.store_id AND e.login LIKE 'e1.%';
INSERT INTO tasks.step (id, store_id, task_id, position, title)
SELECT gen_random_uuid(), t.store_id, t.id, n, 'Step ' || n FROM tasks.task AS t CROSS JOIN generate_series(1, 2) AS n WHERE t.title LIKE 'Task %';
INSERT INTO tasks.comment (id, store_id, task_id, author_id, body)
SELECT gen_random_uuid(), t.store_id, t.id, gen_random_uuid(), 'Said.' FROM tasks.task AS t
CROSS JOIN LATERAL generate_series(1, CASE t.title WHEN 'N1 task 6' THEN 150 ELSE 1 END) AS n;
INSERT INTO feedback.feedback (id, store_id, score, submitted_at, created_at)
SELECT gen_random_uuid(), s.id, 5, '2026-01-01', '2026-01-01' FROM stores.store AS s CROSS JOIN generate_series(1, 5) AS n;
INSERT INTO kpis.day (store_id, day, completed, on_time, seconds, answers, promoters, detractors)
SELECT s.id, '2026-03-02'::date - n, 5, 4, '{60, 120, 180, 240, 300}', 2, 1, 0 FROM stores.store AS s CROSS JOIN generate_series(0, 365) AS n;
INSERT INTO access.credential (employee_id, password_hash)
SELECT id, 'none' FROM staff.employee ON CONFLICT DO NOTHING;
INSERT INTO access.session (id, employee_id, refresh_hash, created_at, refreshed_at, expires_at, access_until, client_name, client_version, address_hint)
SELECT gen_random_uuid(), id, decode(md5(id::text), 'hex'), '2026-01-01', '2026-01-01', '2026-01-01', '2026-01-01', '', '', '' FROM staff.employee;
INSERT INTO events.event (id, type, store_id, everyone, subject_id, occurred_at, data, xid)
SELECT gen_random_uuid(), 'TASK_STARTED', (ARRAY(SELECT id FROM stores.store))[1 + n % 1000], false, gen_random_uuid(), now(), '{}', 1
FROM generate_series(1, 20000) AS n;
INSERT INTO events.command (actor_id, key, name, input_hash, answer, created_at)
SELECT gen_random_uuid(), n, 'startTask', '', '{}', now() FROM generate_series(1, 5000) AS n;
ANALYZE;
`

// planViolation returns what a plan does that it must not, or an empty string.
func planViolation(p pgtest.Plan, large map[string]bool) string {
	if p.Node == "Seq Scan" && large[p.Schema+"."+p.Relation] {
		return "it reads all of " + p.Relation
	}
	for _, part := range p.Parts {
		if rows := part.Rows * part.Loops / max(p.Loops, 1); p.Node == "Sort" && rows > largestSort {
			return fmt.Sprintf("it sorts %.0f rows", rows)
		}
		if found := planViolation(part, large); found != "" {
			return found
		}
	}
	return ""
}

// Each operation of the clients, by its usual viewer, in a chain of 1,000 stores.
func TestStatementsScanNoLargeTableAndSortAtMostAPage(t *testing.T) {
	t.Parallel()
	pool, told := pgtest.Explain(t)
	a := newAPIOn(t, pool)
	a.testChain = loadChain(t, pool)
	for statement := range strings.SplitSeq(aThousandStores, ";\n") { // not in one transaction, which holds up the events of others
		if _, err := pool.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	large := largeTables(t, pool)
	sent := 0
	asked := a.operationQueries(t)
	for _, o := range operations.All() {
		ask, ok := asked[o.Name]
		if !ok {
			t.Errorf("nobody asks %s", o.Name)
			continue
		}
		told.Take()
		ask(o.Client + "/" + o.Name + ".graphql")
		for _, s := range told.Take() {
			sent++
			if found := planViolation(s.Plan, large); found != "" {
				t.Errorf("%s: %s:\n%s", o.Name, found, s.Text)
			}
		}
	}
	for _, order := range []string{"CODE_ASC", "CODE_DESC", "NAME_ASC", "NAME_DESC"} {
		for list, document := range map[string]string{
			"stores":        `query($after: String) { stores(first: 20, after: $after, orderBy: ORDER) { pageInfo { endCursor } } }`,
			"region.stores": `query($after: String) { region(by: {code: "N"}) { stores(first: 20, after: $after, orderBy: ORDER) { pageInfo { endCursor } } } }`,
		} {
			told.Take()
			first := a.mustQuery(t, a.as("admin"), strings.ReplaceAll(document, "ORDER", order), nil)
			a.mustQuery(t, a.as("admin"), strings.ReplaceAll(document, "ORDER", order), vars{"after": first.at(list + ".pageInfo.endCursor")})
			for _, s := range told.Take() {
				if found := planViolation(s.Plan, large); found != "" {
					t.Errorf("%s by %s: %s:\n%s", list, order, found, s.Text)
				}
			}
		}
	}
	for _, document := range a.taskLists(t) {
		told.Take()
		a.mustQuery(t, a.as("admin"), document, nil)
		for _, s := range told.Take() {
			sent++
			if found := planViolation(s.Plan, large); found != "" {
				t.Errorf("%s: %s:\n%s", document, found, s.Text)
			}
		}
	}
	if sent < len(asked) {
		t.Errorf("the plans of %d statements were told, of %d operations", sent, len(asked))
	}
}

// taskLists returns documents that list tasks of the chain, of stores and of employees in each order, with and without filters.
func (a *api) taskLists(t *testing.T) []string {
	t.Helper()
	var documents []string
	for _, order := range []tasks.Order{tasks.OrderDueAtAsc, tasks.OrderDueAtDesc, tasks.OrderCreatedAtAsc, tasks.OrderCreatedAtDesc} {
		for _, filter := range []string{"{}", "{isUnfinished: true}", "{isOverdue: false}"} {
			list := fmt.Sprintf("tasks(first: 50, filter: %s, orderBy: %s) { edges { node { id } } }", filter, order)
			documents = append(documents,
				"{ "+list+" }",
				"{ stores(first: 20) { edges { node { "+list+" } } } }",
				"{ employees(first: 20) { edges { node { "+list+" } } } }")
		}
	}
	return append(documents,
		`{ tasks(filter: {isOverdue: true}) { edges { node { id } } } }`,
		`{ tasks(filter: {storeId: "`+a.storeID("N1")+`", search: "ask 29"}) { edges { node { id } } } }`)
}

func largeTables(t *testing.T, pool *postgres.Pool) map[string]bool {
	t.Helper()
	rows, err := pool.Query(t.Context(), `SELECT c.relnamespace::regnamespace || '.' || c.relname FROM pg_class AS c
		WHERE c.relkind = 'r' AND c.reltuples > $1 AND c.relnamespace::regnamespace::text NOT LIKE 'pg\_%'`, largeTable)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	large := map[string]bool{}
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		large[name] = true
	}
	if rows.Err() != nil || !large["tasks.task"] || !large["tasks.step"] || !large["stores.store"] {
		t.Fatalf("large tables: %v (%v)", large, rows.Err())
	}
	return large
}

// operationQueries returns the operations with a function that sends each. Subscriptions read the same statements as changes.
func (a *api) operationQueries(t *testing.T) map[string]func(file string) {
	t.Helper()
	storeID, regionID := store.GlobalID(stores.StorePrefix, a.store["N1"]), store.GlobalID(stores.RegionPrefix, a.region["N"])
	taskID, stepID := store.GlobalID(tasks.TaskPrefix, a.task["N1 task 6"]), store.GlobalID(tasks.StepPrefix, a.step["N1 task 6 step 1"])
	ask := func(login string, variables vars) func(string) {
		return func(file string) { a.mustQuery(t, a.as(login), operation(t, file), variables) }
	}
	change := func(login string, input vars) func(string) {
		input["idempotencyKey"] = store.NewID().String()
		return ask(login, vars{"input": input})
	}
	follow := func(login string, variables vars) func(string) {
		return func(string) {
			variables["after"] = beginning
			changes := `query($storeId: ID, $after: String!) { changes(storeId: $storeId, after: $after) { events { id } cursor } }`
			a.query(t, a.as(login), changes, variables)
		}
	}
	nothing := func(string) {}
	when := func(status tasks.Status, f func(string)) func(string) {
		return func(file string) {
			if _, err := a.pool.Exec(t.Context(), "UPDATE tasks.task SET status = $2 WHERE id = $1", a.task["N1 task 6"], string(status)); err != nil {
				t.Fatal(err)
			}
			f(file)
		}
	}
	return map[string]func(string){
		"AddComment":     change("associate.n1", vars{"taskId": taskID, "body": "Said."}),
		"AdjustStock":    change("manager.n1", vars{"storeId": storeID, "productId": store.GlobalID(catalog.ProductPrefix, a.product["100"]), "delta": 1, "reason": "COUNT"}),
		"AssignTask":     change("manager.n1", vars{"taskId": taskID, "assigneeId": store.GlobalID(staff.EmployeePrefix, a.employee["associate.n1"])}),
		"Changes":        ask("associate.n1", vars{"storeId": storeID, "after": beginning}),
		"CheckStep":      when(tasks.StatusInProgress, change("associate.n1", vars{"stepId": stepID, "isDone": true})),
		"CompleteTask":   when(tasks.StatusInProgress, change("associate.n1", vars{"taskId": taskID, "note": "Said."})),
		"CreateTasks":    change("region.n", vars{"tasks": []any{vars{"storeId": storeID, "title": "New", "kind": "CLEANING", "dueAt": now.Add(time.Hour).Format(time.RFC3339)}}}),
		"MobileHome":     ask("associate.n1", vars{"first": 100}),
		"PartnerEvents":  follow("region.n", vars{}),
		"RecordStock":    change("admin", vars{"movements": []any{vars{"storeCode": "N1", "sku": "100", "kind": "RECEIPT", "quantity": 1}}}),
		"RefreshSession": func(string) { a.refresh(t, a.mustSignIn(t, "manager.n1").refreshToken) },
		"RegionBoard":    ask("region.n", vars{"regionId": regionID, "stores": 50, "tasks": 5}),
		"ScanProduct":    ask("associate.n1", vars{"barcode": "A100", "storeId": storeID}),
		"SetPrices":      change("admin", vars{"prices": []any{vars{"storeCode": "N1", "sku": "100", "price": vars{"amount": "1.99", "currency": "USD"}}}}),
		"SignIn":         func(string) { a.mustSignIn(t, "manager.n1") },
		"SignOut":        func(file string) { a.mustQuery(t, a.mustSignIn(t, "manager.n1").viewer, operation(t, file), nil) },
		"StartTask":      when(tasks.StatusOpen, change("associate.n1", vars{"taskId": taskID})),
		"StoreEvents":    follow("associate.n1", vars{"storeId": storeID}),
		"StoreKpis":      ask("manager.n1", vars{"storeId": storeID, "from": "2025-03-03", "to": "2026-03-02"}),
		"Stores":         ask("admin", vars{"first": 100}),
		"SubmitFeedback": change("admin", vars{"storeCode": "N1", "score": 9}),
		"SystemStatus":   nothing, // waits for what it asks of the schema
		"TaskDetail":     ask("associate.n1", vars{"id": taskID}),
		"UpsertProducts": change("admin", vars{"products": []any{vars{"sku": "100", "name": "Another"}}}),
	}
}
