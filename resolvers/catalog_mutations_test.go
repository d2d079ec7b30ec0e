package resolvers_test

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"aisle/store"
)

func (a *api) countEvents(t *testing.T, kind string) (n int) {
	t.Helper()
	if err := a.pool.QueryRow(t.Context(), "SELECT count(*) FROM events.event WHERE type = $1", kind).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestUpsertProductsAppliesValidRowsAndRejectsOthers(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	product := func(sku, name string, more ...any) vars {
		v := vars{"sku": sku, "name": name}
		for i := 0; i < len(more); i += 2 {
			v[fmt.Sprint(more[i])] = more[i+1]
		}
		return v
	}
	input := vars{"idempotencyKey": "k", "products": []any{
		product(" 900 ", "Oat milk", "brand", "Oatly", "barcodes", []any{"7394376616037", "7394376616037"}, "categoryCode", "DAIRY"),
		product("100", "Milk, renamed"),
		product("901", " "),
		product("902", "Bad code", "barcodes", []any{"7394376616038"}),
		product("903", "No category", "categoryCode", "NOPE"),
		product("900", "Twice"),
		product("904", "Own code", "barcodes", []any{":PLU 7"}),
		product("905", strings.Repeat("x", 201)),
	}}

	got := a.sendOperation(t, a.as("admin"), "partner/UpsertProducts.graphql", input)
	again := a.sendOperation(t, a.as("admin"), "partner/UpsertProducts.graphql", input)
	delete(input, "idempotencyKey")
	third := a.sendOperation(t, a.as("admin"), "partner/UpsertProducts.graphql", input)

	want := "2 REQUIRED, 3 INVALID, 4 NOT_FOUND, 5 INVALID, 7 TOO_LONG"
	if got.at("createdCount") != 2.0 || got.at("updatedCount") != 1.0 || got.rejected() != want {
		t.Errorf("got %s", got.JSON)
	}
	if again.JSON != got.JSON || third.at("unchangedCount") != 3.0 ||
		a.countEvents(t, "PRODUCT_CREATED") != 2 || a.countEvents(t, "PRODUCT_UPDATED") != 1 {
		t.Errorf("again %s, without the key %s, events: %d created, %d updated", again.JSON, third.JSON,
			a.countEvents(t, "PRODUCT_CREATED"), a.countEvents(t, "PRODUCT_UPDATED"))
	}
	unchanged := a.mustQuery(t, a.as("admin"), `{ a: product(sku: "100") { name brand version } b: product(barcode: "PLU 7") { sku } }`, nil)
	if unchanged.at("a.name") != "Milk, renamed" || unchanged.at("a.brand") == nil || unchanged.at("a.version") != 2.0 || unchanged.at("b.sku") != "904" {
		t.Errorf("now %s", unchanged.JSON)
	}
}

func TestARejectedRowNamesItsField(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	task := vars{"storeId": a.storeID("N1"), "kind": "CLEANING", "title": "Mop", "dueAt": now.Format(time.RFC3339)}
	untitled := maps.Clone(task)
	untitled["steps"] = []any{vars{"title": "Fill the bucket"}, vars{"title": " "}}
	for name, c := range map[string]struct {
		input vars
		want  []any
	}{
		"upsertProducts": {vars{"products": []any{vars{"sku": "1", "name": "x", "categoryCode": "NOPE"}}}, []any{"categoryCode"}},
		"setPrices": {
			vars{"prices": []any{vars{"storeCode": "N1", "sku": "100", "price": vars{"amount": "-1", "currency": "USD"}}}}, []any{"price", "amount"},
		},
		"recordStockMovements": {
			vars{"movements": []any{vars{"storeCode": "N1", "sku": "100", "kind": "SALE", "quantity": 1_000_000}}}, []any{"quantity"},
		},
		"createTasks": {vars{"tasks": []any{task, untitled}}, []any{"steps", "1", "title"}},
	} {
		got := a.mutate(t, a.as("admin"), mutation(name, "rejected { field }"), c.input)
		if diff := cmp.Diff(c.want, got.at("rejected.0.field")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestSetPricesAppliesValidRowsAndRejectsOthers(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	price := func(code, sku, amount, currency string, from any) vars {
		return vars{"storeCode": code, "sku": sku, "price": vars{"amount": amount, "currency": currency}, "validFrom": from}
	}
	soon := now.Add(time.Hour).Format(time.RFC3339)
	input := vars{"prices": []any{
		price("N1", "100", "3.49", "USD", nil),
		price("S1", "100", "0", "USD", soon),
		price("N1", "100", "-1", "USD", soon),                  // 2
		price("N1", "100", "1.999", "USD", soon),               // 3
		price("N1", "100", "1", "usd", soon),                   // 4
		price("X9", "100", "1", "USD", soon),                   // 5
		price("N1", "nope", "1", "USD", soon),                  // 6
		price("N1", "100", "9.99", "USD", nil),                 // 7: the same instant as the first
		price("N1", "100", "99999999999999", "USD", soon),      // 8
		price("N1", "100", "1", "USD", "1900-01-01T00:00:00Z"), // 9
		price("N1", "100", "1", "ZZZ", soon),                   // 10
	}}

	got := a.sendOperation(t, a.as("admin"), "partner/SetPrices.graphql", input)
	again := a.sendOperation(t, a.as("admin"), "partner/SetPrices.graphql", input)

	want := "2 INVALID, 3 INVALID, 4 INVALID, 5 NOT_FOUND, 6 NOT_FOUND, 7 INVALID, 8 INVALID, 9 INVALID, 10 INVALID"
	if got.at("updatedCount") != 2.0 || got.rejected() != want {
		t.Errorf("got %s", got.JSON)
	}
	if again.at("updatedCount") != 0.0 || a.countEvents(t, "PRICE_CHANGED") != 2 {
		t.Errorf("what was so already: %s, %d events", again.JSON, a.countEvents(t, "PRICE_CHANGED"))
	}
	shown := a.mustQuery(t, a.as("manager.n1"), `query($id: ID!) { product(sku: "100") { stock(storeId: $id) { price { amount currency } } } }`,
		vars{"id": a.storeID("N1")})
	if shown.at("product.stock.price.amount") != "3.49" {
		t.Errorf("now %s", shown.JSON)
	}
}

func TestBulkMutationsOfTheCatalogLimitTheRows(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	products := func(n int) response {
		rows := make([]any, n)
		for i := range rows {
			rows[i] = vars{"sku": fmt.Sprintf("bulk-%d-%d", n, i), "name": "Something"}
		}
		return a.sendOperation(t, a.as("admin"), "partner/UpsertProducts.graphql", vars{"products": rows})
	}
	prices := func(n int) response {
		rows := make([]any, n)
		for i := range rows {
			rows[i] = vars{
				"storeCode": "N1", "sku": "100", "price": vars{"amount": "1", "currency": "USD"},
				"validFrom": now.Add(time.Duration(i) * time.Minute).Format(time.RFC3339),
			}
		}
		return a.sendOperation(t, a.as("admin"), "partner/SetPrices.graphql", vars{"prices": rows})
	}
	if few, many := products(2), products(1000); many.at("createdCount") != 1000.0 || many.Statements != few.Statements {
		t.Errorf("products: %s with %d statements, %d for few", many.JSON, many.Statements, few.Statements)
	}
	if few, many := prices(2), prices(1000); many.at("updatedCount") != 998.0 || many.Statements != few.Statements {
		t.Errorf("prices: %s with %d statements, %d for few", many.JSON, many.Statements, few.Statements)
	}
	if over := products(1001); over.code() != "TOO_MANY" {
		t.Errorf("one too many: %s", over.JSON)
	}
}

func TestSubmitFeedbackRecordsFeedback(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	input := vars{"storeCode": "N1", "score": 9, "comment": " Friendly. ", "idempotencyKey": "k"}

	got := a.sendOperation(t, a.as("admin"), "partner/SubmitFeedback.graphql", input)
	again := a.sendOperation(t, a.as("admin"), "partner/SubmitFeedback.graphql", input)

	if got.at("feedback.comment") != "Friendly." || got.at("feedback.store.code") != "N1" || again.JSON != got.JSON {
		t.Errorf("got %s, again %s", got.JSON, again.JSON)
	}
	list := a.mustQuery(t, a.as("associate.n1"), `query($id: ID!) { store(id: $id) { feedback { totalCount edges { node { id score } } } } }`,
		vars{"id": a.storeID("N1")})
	if list.at("store.feedback.totalCount") != 1.0 || list.at("store.feedback.edges.0.node.id") != got.at("feedback.id") {
		t.Errorf("list %s", list.JSON)
	}
	for name, c := range map[string]struct {
		input vars
		code  string
	}{
		"a score over 10": {vars{"storeCode": "N1", "score": 11}, "INVALID"},
		"no store":        {vars{"storeCode": "nope", "score": 1}, "NOT_FOUND"},
		"in the future":   {vars{"storeCode": "N1", "score": 1, "submittedAt": "2036-01-01T00:00:00Z"}, "INVALID"},
		"with a NUL":      {vars{"storeCode": "N1", "score": 1, "comment": "a\x00b"}, "INVALID"},
	} {
		if bad := a.sendOperation(t, a.as("admin"), "partner/SubmitFeedback.graphql", c.input); bad.code() != c.code || bad.at("feedback") != nil {
			t.Errorf("%s: %s", name, bad.JSON)
		}
	}
	if n := a.countEvents(t, "FEEDBACK_RECEIVED"); n != 1 {
		t.Errorf("%d events", n)
	}
}

func TestPartnerMutationsNeedAPermission(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	for file, input := range map[string]vars{
		"partner/UpsertProducts.graphql": {"products": []any{vars{"sku": "1", "name": "x"}}},
		"partner/SetPrices.graphql":      {"prices": []any{}},
		"partner/SubmitFeedback.graphql": {"storeCode": "N1", "score": 1},
		"partner/RecordStock.graphql":    {"movements": []any{}},
	} {
		got := a.query(t, a.as("associate.n1"), operation(t, file), vars{"input": input})
		if len(got.Errors) != 1 || got.JSON != "null" {
			t.Errorf("%s: %v %s", file, got.Errors, got.JSON)
		}
	}
}

// setPrices sets prices of the product 100 that apply from now.
func (a *api) setPrices(t *testing.T, amount string, codes ...string) response {
	t.Helper()
	rows := make([]any, len(codes))
	for i, code := range codes {
		rows[i] = vars{"storeCode": code, "sku": "100", "price": vars{"amount": amount, "currency": "USD"}}
	}
	return a.sendOperation(t, a.as("admin"), "partner/SetPrices.graphql", vars{"prices": rows})
}

// tickClock makes the clock of the API advance whenever it is read.
func (a *api) tickClock() {
	var ticks atomic.Int64
	clock := func() time.Time { return now.Add(time.Duration(ticks.Add(1)) * time.Second) }
	a.resolver.Now, a.resolver.Commands = clock, store.NewCommandRunner(a.pool, clock, func(context.Context, uuid.UUID, store.Position) {})
}

func TestPriceWithoutAStartIsSetOnce(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	a.tickClock()

	got := a.setPrices(t, "1.00", "N1", "N1")

	if got.at("updatedCount") != 1.0 || got.at("rejected.0.index") != 1.0 {
		t.Errorf("got %s", got.JSON)
	}
}

func TestCurrentPriceIsNotSetAgain(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	a.tickClock()
	a.setPrices(t, "1.00", "N1")

	same := a.setPrices(t, "1", "N1")
	other := a.setPrices(t, "2.00", "N1")
	back := a.setPrices(t, "1.00", "N1")

	if same.at("updatedCount") != 0.0 || same.rejected() != "" || other.at("updatedCount") != 1.0 || back.at("updatedCount") != 1.0 {
		t.Errorf("the same %s, another %s, the first again %s", same.JSON, other.JSON, back.JSON)
	}
	if n := a.countEvents(t, "PRICE_CHANGED"); n != 3 {
		t.Errorf("%d events", n)
	}
}

// A price that applies from now is compared with the current price after the other rows.
func TestEarlierPriceCanBeSetAgainAfterALaterOne(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	a.setPrices(t, "1.00", "N1")
	row := func(amount string, from any) vars {
		return vars{"storeCode": "N1", "sku": "100", "price": vars{"amount": amount, "currency": "USD"}, "validFrom": from}
	}
	a.resolver.Commands = store.NewCommandRunner(a.pool, func() time.Time { return now.Add(time.Hour) }, func(context.Context, uuid.UUID, store.Position) {})

	got := a.sendOperation(t, a.as("admin"), "partner/SetPrices.graphql", vars{"prices": []any{
		row("1.00", nil), row("9.00", now.Add(time.Minute).Format(time.RFC3339)), row("8.00", now.Add(2*time.Hour).Format(time.RFC3339)),
	}})

	if got.at("updatedCount") != 3.0 {
		t.Errorf("got %s", got.JSON)
	}
}

// Of two prices that start at the same time the one with the later event is the current one, although its command came first and
// waited for the lock.
func TestLastPriceSetIsTheCurrentPrice(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	a.tickClock()
	held, other := "N1", "N2"
	if store.StoreLock(a.store["N2"]) < store.StoreLock(a.store["N1"]) { // in this order they are waited for
		held, other = other, held
	}
	begun, release := make(chan struct{}), make(chan struct{})
	var group errgroup.Group
	group.Go(func() error {
		_, err := store.Run(t.Context(), a.resolver.Commands, store.Command{Name: "hold", Locks: store.StoreLocks(a.store[held])},
			func(context.Context, *store.Tx) (any, error) { close(begun); <-release; return nil, nil })
		return err
	})
	<-begun
	group.Go(func() error { a.setPrices(t, "7.77", held, other); return nil })
	a.awaitLockWaiter(t)
	a.setPrices(t, "5.55", other)
	close(release)
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}

	var inForce string
	if err := a.pool.QueryRow(t.Context(), `SELECT amount FROM catalog.price WHERE store_id = $1 AND product_id = $2 AND valid_from < $3
		ORDER BY valid_from DESC LIMIT 1`, a.store[other], a.product["100"], now.Add(time.Hour)).Scan(&inForce); err != nil {
		t.Fatal(err)
	}
	if inForce != "7.77" {
		t.Errorf("%s is in force, the last event says 7.77", inForce)
	}
}

// awaitLockWaiter returns once a command waits for a lock.
func (a *api) awaitLockWaiter(t *testing.T) {
	t.Helper()
	const waiting = `SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
		AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`
	for n := 0; n == 0; {
		if err := a.pool.QueryRow(t.Context(), waiting).Scan(&n); err != nil {
			t.Fatal(err)
		}
	}
}
