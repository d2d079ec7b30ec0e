package system_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"aisle/auth"
	"aisle/operations"
	"aisle/store"
	"aisle/store/catalog"
	"aisle/store/postgres"
	"aisle/store/stores"
	"aisle/store/tasks"
)

// permissionsPage is the golden file, and a page of the documentation. If updateVariable is set, the test writes it.
const (
	permissionsPage = "../../docs/reference/permissions.md"
	updateVariable  = "AISLE_TEST_UPDATE"
)

const permissionsHead = `# Permissions

Who may send which operation. Each row is one of the operations in [operations/](../../operations/). Each cell is the result for one
kind of viewer, tried on an object in three places: the viewer's own store, another store of the same region, and a store
of another region.

| cell | meaning |
| --- | --- |
| yes | The operation runs. A business rule may still reject it with a user error. |
| – | The object belongs to a store that the viewer does not see: the response is null or NOT_FOUND. |
| no | FORBIDDEN. The message names the missing permission. |
| token | UNAUTHENTICATED. The operation needs a valid access token. |

One value means that all three places give the same result. "yes – –" means: yes in the own store, no access elsewhere.
A number is how many stores the list shows.

A test writes this page and compares it with a running node
(` + "`" + updateVariable + `=1 make test-go PKG=./test/system ARGS="-run TestPermissions"` + "`" + `).

`

const partnersHead = `
## Partners, by scope

An operation is "no" when one of its fields needs a permission that the scope does not have. Some operations below select
people: ` + "`Stores`" + ` the manager, ` + "`StoreEvents`" + ` and ` + "`TaskDetail`" + ` the assignee. These fields also need ` + "`staff:read`" + `. A partner with
` + "`events:read`" + ` reads ` + "`stores`, `storeEvents`" + ` and tasks with a document that does not select people.

`

// A place has the ids of objects of one store.
type place struct {
	regionID, storeID, code   string
	taskID, stepID, productID string
	barcode, sku, cursor      string
}

// placeIn returns the objects of the n-th store. It adjusts a stock, so that there is an event after the cursor.
func placeIn(t *testing.T, pool *postgres.Pool, admin *caller, n int) place {
	t.Helper()
	var p place
	var storeID, regionID, taskID, stepID, productID uuid.UUID
	err := pool.QueryRow(t.Context(), `SELECT id, region_id, code FROM stores.store ORDER BY code LIMIT 1 OFFSET $1`, n-1).
		Scan(&storeID, &regionID, &p.code)
	if err == nil {
		err = pool.QueryRow(t.Context(), `SELECT t.id, s.id FROM tasks.task t JOIN tasks.step s ON s.task_id = t.id
			WHERE t.store_id = $1 AND t.status IN ('OPEN', 'ASSIGNED', 'IN_PROGRESS') ORDER BY t.id LIMIT 1`, storeID).Scan(&taskID, &stepID)
	}
	if err == nil {
		err = pool.QueryRow(t.Context(), `SELECT p.id, p.sku, b.printed FROM catalog.product p JOIN catalog.barcode b ON b.product_id = p.id
			WHERE p.id IN (SELECT product_id FROM inventory.stock WHERE store_id = $1) ORDER BY p.sku LIMIT 1`, storeID).
			Scan(&productID, &p.sku, &p.barcode)
	}
	if err != nil {
		t.Fatal(err)
	}
	p.regionID, p.storeID = store.GlobalID(stores.RegionPrefix, regionID), store.GlobalID(stores.StorePrefix, storeID)
	p.taskID, p.stepID = store.GlobalID(tasks.TaskPrefix, taskID), store.GlobalID(tasks.StepPrefix, stepID)
	p.productID = store.GlobalID(catalog.ProductPrefix, productID)
	var data struct{ Store struct{ EventCursor string } }
	if err := admin.retry(t.Context(), `query($id: ID!) { store(id: $id) { eventCursor } }`, input{"id": p.storeID}, &data); err != nil {
		t.Fatal(err)
	}
	p.cursor = data.Store.EventCursor
	if _, err := admin.change(t.Context(), "AdjustStock", p.adjustment()); err != nil {
		t.Fatal(err)
	}
	return p
}

func (p place) adjustment() input {
	return input{"storeId": p.storeID, "productId": p.productID, "delta": 1, "reason": "COUNT"}
}

// variables returns the variables of each operation.
func (p place) variables(refreshToken string) map[string]input {
	tomorrow := time.Now().AddDate(0, 0, 1).Format(time.RFC3339)
	in := func(fields input) input { return input{"input": fields} }
	return map[string]input{
		"AddComment":     in(input{"taskId": p.taskID, "body": "Looked at it."}),
		"AdjustStock":    in(p.adjustment()),
		"AssignTask":     in(input{"taskId": p.taskID, "assigneeId": nil}),
		"Changes":        {"storeId": p.storeID, "after": p.cursor},
		"CheckStep":      in(input{"stepId": p.stepID, "isDone": true}),
		"CompleteTask":   in(input{"taskId": p.taskID}),
		"CreateTasks":    in(input{"tasks": []input{{"storeId": p.storeID, "title": "Tidy up", "kind": "CLEANING", "dueAt": tomorrow}}}),
		"MobileHome":     {},
		"PartnerEvents":  {"after": p.cursor, "storeIds": []string{p.storeID}},
		"RecordStock":    in(input{"movements": []input{{"storeCode": p.code, "sku": p.sku, "kind": "RECEIPT", "quantity": 1}}}),
		"RefreshSession": in(input{"refreshToken": refreshToken}),
		"RegionBoard":    {"regionId": p.regionID},
		"ScanProduct":    {"barcode": p.barcode, "storeId": p.storeID},
		"SetPrices":      in(input{"prices": []input{{"storeCode": p.code, "sku": p.sku, "price": input{"amount": "1.99", "currency": "USD"}}}}),
		"SignIn":         in(input{"login": "associate.1", "password": demoPassword}),
		"StartTask":      in(input{"taskId": p.taskID}),
		"StoreEvents":    {"storeId": p.storeID, "after": p.cursor},
		"StoreKpis":      {"storeId": p.storeID, "from": time.Now().AddDate(0, 0, -30).Format(time.DateOnly), "to": time.Now().Format(time.DateOnly)},
		"Stores":         {},
		"SubmitFeedback": in(input{"storeCode": p.code, "score": 9}),
		"SystemStatus":   {},
		"TaskDetail":     {"id": p.taskID},
		"UpsertProducts": in(input{"products": []input{{"sku": p.sku, "name": "Something"}}}),
	}
}

// firstResponse sends an operation over Server-Sent Events, which supports all operations, and returns the first response.
func (c *caller) firstResponse(ctx context.Context, document string, variables input) (answer []byte, err error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	response, err := c.open(ctx, "text/event-stream", document, variables)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	lines := bufio.NewScanner(response.Body)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if data, ok := bytes.CutPrefix(lines.Bytes(), []byte("data: ")); ok {
			return bytes.Clone(data), nil
		}
	}
	return nil, fmt.Errorf("the stream has no response, status %d: %w", response.StatusCode, lines.Err())
}

// A userError is a user error or a rejected item of a payload.
type userError struct {
	Code string `json:"code"`
}

// permissionOf returns the cell of the table for a response.
func permissionOf(t *testing.T, name string, answer []byte) string {
	t.Helper()
	var a struct {
		Data   map[string]json.RawMessage `json:"data"`
		Errors []*apiError                `json:"errors"`
	}
	if err := json.Unmarshal(answer, &a); err != nil {
		t.Fatalf("%s: %v in %s", name, err, answer)
	}
	if len(a.Errors) > 0 {
		code := a.Errors[0].Extensions.Code
		if words, known := map[string]string{"FORBIDDEN": "no", "UNAUTHENTICATED": "token", "NOT_FOUND": "–"}[code]; known {
			return words
		}
		t.Fatalf("%s: %s", name, answer)
	}
	for _, field := range a.Data {
		var f struct {
			UserErrors []userError      `json:"userErrors"`
			Rejected   []userError      `json:"rejected"`
			TotalCount *int             `json:"totalCount"`
			Stock      *json.RawMessage `json:"stock"`
		}
		if string(field) == "null" || json.Unmarshal(field, &f) != nil {
			return "–"
		}
		for _, e := range slices.Concat(f.UserErrors, f.Rejected) {
			if e.Code == "NOT_FOUND" {
				return "–"
			}
		}
		switch {
		case name == "ScanProduct" && f.Stock == nil:
			return "–"
		case f.TotalCount != nil:
			return strconv.Itoa(*f.TotalCount)
		}
	}
	return "yes"
}

// A viewerColumn is a column of the table.
type viewerColumn struct {
	name   string
	caller *caller
}

// cell returns the cell of an operation for a viewer, from the three places.
func cell(t *testing.T, c *caller, name string, places [3]place) string {
	t.Helper()
	var words []string
	for _, p := range places {
		answer, err := c.firstResponse(t.Context(), document(name), p.variables("not-a-token")[name])
		if err != nil {
			t.Fatalf("%s by %s: %v", name, c.login, err)
		}
		words = append(words, permissionOf(t, name, answer))
	}
	if slices.Equal(words[1:], words[:2]) {
		return words[0]
	}
	return strings.Join(words, " ")
}

// permissionOperations returns the names of the operations of the table, in its order.
func permissionOperations() []string {
	var names []string
	for _, o := range operations.All() {
		if _, known := (place{}).variables("")[o.Name]; known {
			names = append(names, o.Name)
		}
	}
	slices.Sort(names)
	return names
}

func table(t *testing.T, columns []viewerColumn, places [3]place) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("| |")
	for _, c := range columns {
		b.WriteString(" " + c.name + " |")
	}
	b.WriteString("\n| ---" + strings.Repeat(" | ---", len(columns)) + " |\n")
	for _, name := range permissionOperations() {
		b.WriteString("| `" + name + "` |")
		for _, c := range columns {
			b.WriteString(" " + cell(t, c.caller, name, places) + " |")
		}
		b.WriteString("\n")
	}
	return b.String()
}

func TestPermissionsMatchTheReference(t *testing.T) {
	t.Parallel()
	databaseURL := demoDatabase(t, 6)
	pool := openPool(t, databaseURL)
	node := startNode(t, databaseURL, redisServer(t), "AISLE_VIEWER_RATE_LIMIT=0", "AISLE_ADDRESS_RATE_LIMIT=0")
	signedIn := func(login string) *caller {
		c := newCaller(t, node.api, login)
		if err := c.signIn(t.Context()); err != nil {
			t.Fatal(err)
		}
		return c
	}
	admin := signedIn("admin")
	neighbour, elsewhere := otherStores(t, pool)
	places := [3]place{placeIn(t, pool, admin, 1), placeIn(t, pool, admin, neighbour), placeIn(t, pool, admin, elsewhere)}
	ended := signedIn("associate.1")
	if _, err := ended.post(t.Context(), document("SignOut"), nil); err != nil {
		t.Fatal(err)
	}
	waitUntilRevoked(t, ended)

	got := permissionsHead + "## People\n\n" + table(t, []viewerColumn{
		{"anonymous", newCaller(t, node.api, "")},
		{"ended session", ended},
		{"associate", signedIn("associate.1")},
		{"supervisor", signedIn("supervisor.1")},
		{"manager", signedIn("manager.1")},
		{"region manager", signedIn("region.1")},
		{"admin", admin},
	}, places) + partnersHead + table(t, partnerColumns(t, admin, places[0].storeID), places)

	if os.Getenv(updateVariable) != "" {
		if err := os.WriteFile(permissionsPage, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(permissionsPage)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("the page does not match the node (-page +node):\n%s", diff)
	}
}

// partnerColumns returns a partner for each scope, and partners that are limited to the first store.
func partnerColumns(t *testing.T, admin *caller, storeID string) []viewerColumn {
	t.Helper()
	var columns []viewerColumn
	for _, scope := range auth.AllPartnerScopes() {
		columns = append(columns, viewerColumn{"`" + string(scope) + "`", newPartnerCaller(t, admin, string(scope), nil)})
	}
	for _, scope := range []string{"events:read", "inventory:read", "inventory:write"} {
		columns = append(columns, viewerColumn{"`" + scope + "`, own store only", newPartnerCaller(t, admin, scope, []string{storeID})})
	}
	return columns
}

// newPartnerCaller creates a partner and gets a token for it. With nil storeIDs it has access to all stores.
func newPartnerCaller(t *testing.T, admin *caller, scope string, storeIDs []string) *caller {
	t.Helper()
	value := strings.ToUpper(strings.ReplaceAll(scope, ":", "_")) // of PartnerScope
	in := input{"name": "The partner of " + scope, "scopes": []string{value}, "storeAccess": "ALL"}
	if storeIDs != nil {
		in["storeAccess"], in["storeIds"] = "SELECTED", storeIDs
	}
	var data struct {
		Made struct {
			Partner struct {
				ClientID string `json:"clientId"`
			} `json:"partner"`
			ClientSecret string `json:"clientSecret"`
		} `json:"createPartner"`
	}
	err := admin.retry(t.Context(), `mutation($input: CreatePartnerInput!) {
		createPartner(input: $input) { partner { clientId } clientSecret userErrors { message } } }`, input{"input": in}, &data)
	if err != nil {
		t.Fatal(err)
	}
	c := newCaller(t, admin.url, scope)
	form := url.Values{
		"grant_type": {"client_credentials"}, "client_id": {data.Made.Partner.ClientID}, "client_secret": {data.Made.ClientSecret},
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, c.url+"/oauth/token", strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := c.client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var token struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.NewDecoder(response.Body).Decode(&token); err != nil || token.AccessToken == "" {
		t.Fatalf("no token, status %d: %v", response.StatusCode, err)
	}
	c.token = token.AccessToken
	return c
}

// otherStores returns the numbers of another store in the region of the first store, and of one in another region.
func otherStores(t *testing.T, pool *postgres.Pool) (neighbour, elsewhere int) {
	t.Helper()
	rows, err := pool.Query(t.Context(), `SELECT region_id FROM stores.store ORDER BY code`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var first uuid.UUID
	for n := 1; rows.Next(); n++ {
		var region uuid.UUID
		if err := rows.Scan(&region); err != nil {
			t.Fatal(err)
		}
		switch {
		case n == 1:
			first = region
		case region == first && neighbour == 0:
			neighbour = n
		case region != first && elsewhere == 0:
			elsewhere = n
		}
	}
	if err := rows.Err(); err != nil || neighbour == 0 || elsewhere == 0 {
		t.Fatalf("stores %d, %d: %v", neighbour, elsewhere, err)
	}
	return neighbour, elsewhere
}

// waitUntilRevoked waits until a node rejects the token of an ended session.
func waitUntilRevoked(t *testing.T, c *caller) {
	t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(time.Minute)
	for {
		answer, err := c.post(t.Context(), `{ viewer { id } }`, nil)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(answer), "UNAUTHENTICATED") {
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatal("the session is still valid")
		}
	}
}
