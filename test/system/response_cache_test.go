package system_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
)

// A homeResponse is a response to MobileHome by GET.
type homeResponse struct {
	status     int
	etag, text string
	titles     map[string]string // task statuses by title
}

// get sends a GET request to a node, with the tag in If-None-Match.
func (c *caller) get(ctx context.Context, node *serveProcess, values url.Values, tag string) (h homeResponse, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, node.api+"/graphql?"+values.Encode(), http.NoBody)
	if err != nil {
		return h, err
	}
	request.Header.Set("Authorization", "Bearer "+c.token)
	request.Header.Set("If-None-Match", tag)
	response, err := c.client.Do(request)
	if err != nil {
		return h, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return homeResponse{response.StatusCode, response.Header.Get("ETag"), string(text), map[string]string{}}, err
}

// home sends MobileHome by its hash.
func (c *caller) home(ctx context.Context, node *serveProcess, tag string) (h homeResponse, err error) {
	values := url.Values{"extensions": {persistedQueryExtension(document("MobileHome"))}, "variables": {`{"first":100}`}}
	h, err = c.get(ctx, node, values, tag)
	if err != nil || h.status == http.StatusNotModified {
		return h, err
	}
	var answer struct {
		Data struct {
			Viewer struct {
				Store struct {
					Tasks struct {
						Edges []struct {
							Node struct {
								Title  string `json:"title"`
								Status string `json:"status"`
							} `json:"node"`
						} `json:"edges"`
					} `json:"tasks"`
				} `json:"store"`
			} `json:"viewer"`
		} `json:"data"`
	}
	err = json.Unmarshal([]byte(h.text), &answer)
	for _, edge := range answer.Data.Viewer.Store.Tasks.Edges {
		h.titles[edge.Node.Title] = edge.Node.Status
	}
	return h, err
}

// checkStatus returns an error if a task does not have the status. A task that is not in the list has the status "".
func (h homeResponse) checkStatus(title, status string) error {
	if got := h.titles[title]; h.status != http.StatusOK || got != status {
		return fmt.Errorf("%s is %q in a response with status %d, want %q", title, got, h.status, status)
	}
	return nil
}

// writeAndRead starts and completes tasks on the first node. After each change it reads from all nodes, with the last ETag of each.
func (w *worker) writeAndRead(ctx context.Context, nodes []*serveProcess, times int) error {
	tags := make([]string, len(nodes))
	for n := range times {
		task := w.task(fmt.Sprintf("cached %d of %s", n, w.login))
		task["dueAt"] = time.Now().Add(time.Minute) // sorts it to the top
		title := task["title"].(string)             //nolint:forcetypeassert,errcheck // as it was written
		made, err := w.change(ctx, "CreateTasks", withIdempotencyKey(input{"tasks": []input{task}}))
		if err != nil {
			return err
		}
		for version, step := range []struct{ operation, status string }{{"StartTask", "IN_PROGRESS"}, {"CompleteTask", ""}} {
			if _, err := w.change(ctx, step.operation, withIdempotencyKey(input{"taskId": made.Tasks[0].ID, "expectedVersion": version + 1})); err != nil {
				return err
			}
			for i := range nodes {
				node := nodes[len(nodes)-1-i] // the node without the write first
				got, err := w.home(ctx, node, tags[i])
				if err == nil {
					err = got.checkStatus(title, step.status)
				}
				if err != nil {
					return fmt.Errorf("after %s: %w", step.operation, err)
				}
				tags[i] = got.etag
			}
		}
	}
	return nil
}

func TestCachedResponsesShowTheViewersWritesAndAreNotShared(t *testing.T) {
	t.Parallel()
	databaseURL, redis := demoDatabase(t, 2), redisServer(t)
	start := func() *serveProcess {
		return startNode(t, databaseURL, redis, "AISLE_VIEWER_RATE_LIMIT=0", "AISLE_ADDRESS_RATE_LIMIT=0", "AISLE_LOG_LEVEL=info")
	}
	nodes := []*serveProcess{start(), start()}
	defer nodes[0].stop(t)
	defer nodes[1].stop(t)
	mine, colleague, stranger := newWorker(t, nodes[0].api, "supervisor.1"), newWorker(t, nodes[0].api, "manager.1"), newWorker(t, nodes[0].api, "supervisor.2")
	get := func(w *worker, node *serveProcess, tag string) homeResponse {
		t.Helper()
		got, err := w.home(t.Context(), node, tag)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}

	if err := mine.writeAndRead(t.Context(), nodes, 25); err != nil { // 50 changes, each read from both nodes
		t.Error(err)
	}

	// A tag of one node is valid on the other as soon as both have read all events.
	var first homeResponse
	eventually(t, "a tag of one node is valid on the other", func() bool {
		first = get(mine, nodes[0], "")
		return first.etag != "" && get(mine, nodes[1], first.etag).status == http.StatusNotModified
	})
	for _, node := range nodes {
		for _, tag := range []string{"", first.etag} {
			if got := get(stranger, node, tag); got.status != http.StatusOK || strings.Contains(got.text, mine.storeID) || got.etag == first.etag {
				t.Errorf("an employee of another store gets status %d with the tag %q: %.200s", got.status, tag, got.text)
			}
			if got := get(colleague, node, tag); got.status != http.StatusOK || got.etag == first.etag {
				t.Errorf("a colleague gets status %d with the tag of another viewer", got.status)
			}
		}
	}

	made, err := mine.change(t.Context(), "CreateTasks", withIdempotencyKey(input{"tasks": []input{mine.task("for the colleague")}}))
	if err != nil || len(made.Tasks) != 1 {
		t.Fatal(err)
	}
	eventually(t, "the colleague sees the task", func() bool { return get(colleague, nodes[1], "").titles["for the colleague"] != "" })

	group, ctx := errgroup.WithContext(t.Context())
	for _, login := range []string{"manager.1", "manager.2", "supervisor.2"} {
		w := newWorker(t, nodes[0].api, login)
		group.Go(func() error { return w.writeAndRead(ctx, nodes, 5) })
	}
	if err := group.Wait(); err != nil {
		t.Error(err)
	}
}

// cacheResults returns how many requests had each result of the response cache.
func (p *serveProcess) cacheResults(t *testing.T) map[string]int {
	t.Helper()
	found := map[string]int{}
	for _, m := range regexp.MustCompile(`(?m)^aisle_response_cache_requests_total\{result="(\w+)"\} (\d+)$`).FindAllStringSubmatch(p.metrics(t), -1) {
		n, err := strconv.Atoi(m[2])
		if err != nil {
			t.Fatal(err)
		}
		found[m[1]] = n
	}
	return found
}

func TestColleaguesShareTheStoresFragmentOnly(t *testing.T) {
	t.Parallel()
	databaseURL, redis := demoDatabase(t, 1), redisServer(t)
	node := startNode(t, databaseURL, redis)
	defer node.stop(t)
	var colleagues []*worker
	for _, login := range []string{"manager.1", "supervisor.1", "associate.1"} {
		colleagues = append(colleagues, newWorker(t, node.api, login))
	}
	// all sends a document as each colleague, and returns the bodies and how many requests had each cache result.
	all := func(values url.Values) (answers []string, results map[string]int) {
		t.Helper()
		before := node.cacheResults(t)
		for _, c := range colleagues {
			got, err := c.get(t.Context(), node, values, "")
			if err != nil || got.status != http.StatusOK {
				t.Fatalf("%d %s %v", got.status, got.text, err)
			}
			answers = append(answers, got.text)
		}
		results = node.cacheResults(t)
		for key := range results {
			if results[key] -= before[key]; results[key] == 0 {
				delete(results, key)
			}
		}
		return answers, results
	}
	home := url.Values{"query": {`{ viewer { id role store { name tasks(first: 100, filter: {status: [OPEN]}) { edges { node { title } } } } region { name } } }`}}
	// personal checks that each response has the role of its viewer and the same store.
	personal := func(answers []string) {
		t.Helper()
		for i, c := range colleagues {
			role := strings.ToUpper(strings.TrimSuffix(c.login, ".1"))
			if role == "MANAGER" {
				role = "STORE_MANAGER"
			}
			own := fmt.Sprintf(`"role":%q`, role)
			if !strings.Contains(answers[i], own) || strings.Count(answers[i], `"role"`) != 1 {
				t.Errorf("%s gets %.200s", c.login, answers[i])
			}
			_, store, _ := strings.Cut(answers[i], `"store":`)
			if _, first, _ := strings.Cut(answers[0], `"store":`); store != first || !strings.HasSuffix(store, "}}}\n") {
				t.Errorf("%s gets %.100s …, want %.100s …", c.login, store, first)
			}
		}
	}

	answers, results := all(home)
	personal(answers)
	if want := (map[string]int{"miss": 1, "fragment_hit": 2}); !maps.Equal(results, want) {
		t.Errorf("first, the cache results are %v, want %v", results, want)
	}
	answers, results = all(home)
	personal(answers)
	if want := (map[string]int{"hit": 3}); !maps.Equal(results, want) {
		t.Errorf("the second time, the cache results are %v, want %v", results, want)
	}

	boss := colleagues[0]
	task := boss.task("a new one")
	task["dueAt"] = time.Now().Add(time.Minute) // sorts it to the top
	if _, err := boss.change(t.Context(), "CreateTasks", withIdempotencyKey(input{"tasks": []input{task}})); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a colleague sees the task", func() bool {
		got, err := colleagues[1].get(t.Context(), node, home, "")
		return err == nil && strings.Contains(got.text, "a new one")
	})
	answers, results = all(home)
	personal(answers)
	if want := (map[string]int{"hit": 3}); !maps.Equal(results, want) {
		t.Errorf("after the request of a colleague, the cache results are %v, want %v", results, want)
	}

	var own struct {
		Viewer struct{ Store struct{ Version int } }
	}
	if err := boss.retry(t.Context(), `{ viewer { store { version } } }`, nil, &own); err != nil {
		t.Fatal(err)
	}
	var renamed struct {
		UpdateStore struct{ Store struct{ ID string } }
	}
	admin := newCaller(t, node.api, "admin")
	if err := admin.retry(t.Context(), `mutation($input: UpdateStoreInput!) { updateStore(input: $input) { store { id } } }`, input{"input": withIdempotencyKey(input{
		"storeId": boss.storeID, "expectedVersion": own.Viewer.Store.Version, "name": "Another name",
	})}, &renamed); err != nil || renamed.UpdateStore.Store.ID == "" {
		t.Fatal(renamed, err)
	}
	eventually(t, "a colleague sees the store's new name", func() bool {
		got, err := colleagues[1].get(t.Context(), node, home, "")
		return err == nil && strings.Contains(got.text, "Another name")
	})

	answers, results = all(url.Values{"query": {`{ viewer { store { employees(first: 100) { edges { node { login sessions { isCurrent } } } } } } }`}})
	for i, c := range colleagues {
		_, own, _ := strings.Cut(answers[i], fmt.Sprintf(`{"login":%q,"sessions":`, c.login))
		if !strings.HasPrefix(own, `[{"isCurrent":true}]`) || strings.Count(answers[i], `"isCurrent":true`) != 1 {
			t.Errorf("%s gets %s", c.login, answers[i])
		}
	}
	if want := (map[string]int{"miss": 3}); !maps.Equal(results, want) {
		t.Errorf("if the fragment depends on the viewer, the cache results are %v, want %v", results, want)
	}
}
