package app_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"aisle/app/localpg/pgtest"
)

// home is what MobileHome answers by GET.
type home struct {
	status    int
	tag, text string
	titles    map[string]string // the statuses of tasks, by title
}

// home asks a node for the caller's MobileHome, by its hash; tag is that of the caller's own copy, which may be empty.
func (c *caller) home(ctx context.Context, node *serveProcess, tag string) (h home, err error) {
	values := url.Values{"extensions": {extensionOf(document("MobileHome"))}, "variables": {`{"first":100}`}}
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
	h = home{response.StatusCode, response.Header.Get("ETag"), string(text), map[string]string{}}
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
	err = json.Unmarshal(text, &answer)
	for _, edge := range answer.Data.Viewer.Store.Tasks.Edges {
		h.titles[edge.Node.Title] = edge.Node.Status
	}
	return h, err
}

// shows says whether a task has a status; "" for one that is not in the list.
func (h home) shows(title, status string) error {
	if got := h.titles[title]; h.status != http.StatusOK || got != status {
		return fmt.Errorf("%s is %q by an answer %d, want %q", title, got, h.status, status)
	}
	return nil
}

// startsAndReads starts and completes tasks on one node, and reads after each step on both, with the tag of what it read before.
func (w *worker) startsAndReads(ctx context.Context, nodes []*serveProcess, times int) error {
	tags := make([]string, len(nodes))
	for n := range times {
		task := w.task(fmt.Sprintf("kept %d of %s", n, w.login))
		task["dueAt"] = time.Now().Add(time.Minute) // among the first
		title := task["title"].(string)             //nolint:forcetypeassert,errcheck // as it was written
		made, err := w.change(ctx, "CreateTasks", keyed(input{"tasks": []input{task}}))
		if err != nil {
			return err
		}
		for version, step := range []struct{ operation, status string }{{"StartTask", "IN_PROGRESS"}, {"CompleteTask", ""}} {
			if _, err := w.change(ctx, step.operation, keyed(input{"taskId": made.Tasks[0].ID, "expectedVersion": version + 1})); err != nil {
				return err
			}
			for i := range nodes {
				node := nodes[len(nodes)-1-i] // the other one first
				got, err := w.home(ctx, node, tags[i])
				if err == nil {
					err = got.shows(title, step.status)
				}
				if err != nil {
					return fmt.Errorf("after %s: %w", step.operation, err)
				}
				tags[i] = got.tag
			}
		}
	}
	return nil
}

func TestAnswersThatNodesKeepAreNeverStaleForWhoWroteAndNeverAnothers(t *testing.T) {
	t.Parallel()
	databaseURL, redis := pgtest.New(t), redisServer(t)
	if code, _, notes := run(t, "seed", "--stores", "2", "--database-url", databaseURL); code != 0 {
		t.Fatal(notes)
	}
	start := func() *serveProcess {
		return startNode(t, databaseURL, redis, "AISLE_VIEWER_RATE=0", "AISLE_ADDRESS_RATE=0", "AISLE_LOG_LEVEL=info")
	}
	nodes := []*serveProcess{start(), start()}
	defer nodes[0].end(t)
	defer nodes[1].end(t)
	mine, colleague, stranger := newWorker(t, nodes[0].api, "supervisor.1"), newWorker(t, nodes[0].api, "manager.1"), newWorker(t, nodes[0].api, "supervisor.2")
	get := func(w *worker, node *serveProcess, tag string) home {
		t.Helper()
		got, err := w.home(t.Context(), node, tag)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}

	if err := mine.startsAndReads(t.Context(), nodes, 25); err != nil { // 50 changes, each read on both
		t.Error(err)
	}

	// Both nodes have read an event of the store: a tag of one is right on the other as soon as nothing is on its way.
	var first home
	eventually(t, "a tag of one node is right on the other", func() bool {
		first = get(mine, nodes[0], "")
		return first.tag != "" && get(mine, nodes[1], first.tag).status == http.StatusNotModified
	})
	for _, node := range nodes {
		for _, tag := range []string{"", first.tag} {
			if got := get(stranger, node, tag); got.status != http.StatusOK || strings.Contains(got.text, mine.storeID) || got.tag == first.tag {
				t.Errorf("an employee of another store gets %d with the tag %q: %.200s", got.status, tag, got.text)
			}
			if got := get(colleague, node, tag); got.status != http.StatusOK || got.tag == first.tag {
				t.Errorf("a colleague gets %d with somebody else's tag", got.status)
			}
		}
	}

	made, err := mine.change(t.Context(), "CreateTasks", keyed(input{"tasks": []input{mine.task("for the colleague")}}))
	if err != nil || len(made.Tasks) != 1 {
		t.Fatal(err)
	}
	eventually(t, "the colleague sees the task", func() bool { return get(colleague, nodes[1], "").titles["for the colleague"] != "" })

	group, ctx := errgroup.WithContext(t.Context())
	for _, login := range []string{"manager.1", "manager.2", "supervisor.2"} {
		w := newWorker(t, nodes[0].api, login)
		group.Go(func() error { return w.startsAndReads(ctx, nodes, 5) })
	}
	if err := group.Wait(); err != nil {
		t.Error(err)
	}
}
