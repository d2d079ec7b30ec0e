package system_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// board selects all fields of a task except the comments, and other fields under an alias.
const board = `{ viewer { store { name unfinishedTaskCount
	tasks(first: 100, filter: {status: [OPEN, ASSIGNED, IN_PROGRESS]}) { edges { cursor node {
		id title instructions kind status priority dueAt isOverdue createdAt startedAt completedAt updatedAt version
		assignee { id displayName status } product { id sku name category { name } } template { id title steps { title } }
		steps { id position title isRequired isDone doneAt doneBy { displayName } }
	} } pageInfo { hasNextPage } }
	again: tasks(first: 100, orderBy: CREATED_AT_DESC) { edges { node { ...short } } } } } }
	fragment short on Task { id status steps { isDone } ... on Task { assignee { role } } }`

// A boardTask has the fields of a task that changes need.
type boardTask struct {
	ID, Title, Status string
	Steps             []struct {
		ID     string
		IsDone bool
	}
	Assignee *struct{ ID, DisplayName string }
	Product  *struct{ SKU, Name string }
	Template *struct{ ID string }
}

// mutate sends a mutation. It logs user errors.
func (c *caller) mutate(t *testing.T, name string, in input) {
	t.Helper()
	document := fmt.Sprintf(`mutation($input: %sInput!) { %s(input: $input) { userErrors { code } } }`, strings.ToUpper(name[:1])+name[1:], name)
	var answer map[string]struct{ UserErrors []struct{ Code string } }
	if err := c.retry(t.Context(), document, input{"input": withIdempotencyKey(in)}, &answer); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	for _, e := range answer[name].UserErrors {
		t.Logf("%s: %s", name, e.Code)
	}
}

func TestPartiallyRefreshedResponseEqualsAFullOne(t *testing.T) {
	t.Parallel()
	databaseURL, redis := demoDatabase(t, 1), redisServer(t)
	node := startNode(t, databaseURL, redis, "AISLE_VIEWER_RATE_LIMIT=0", "AISLE_ADDRESS_RATE_LIMIT=0")
	defer node.stop(t)
	boss, colleague, admin := newWorker(t, node.api, "manager.1"), newWorker(t, node.api, "associate.1"), newCaller(t, node.api, "admin")

	// same waits until the cached response equals one that is read from the database. While the node is behind the event log it
	// caches nothing, and the response has no ETag.
	same := func(after string) {
		t.Helper()
		var cached homeResponse
		var read []byte
		eventually(t, "the board is current after "+after, func() bool {
			var err error
			if cached, err = colleague.get(t.Context(), node, url.Values{"query": {board}}, ""); err != nil || cached.status != http.StatusOK {
				t.Fatal(cached.status, cached.text, err)
			}
			if read, err = colleague.post(t.Context(), board, nil); err != nil {
				t.Fatal(err)
			}
			return cached.etag != "" && cached.text == string(read)
		})
	}
	// known returns the tasks of the board.
	known := func() []boardTask {
		t.Helper()
		var data struct {
			Viewer struct {
				Store struct {
					Tasks struct{ Edges []struct{ Node boardTask } }
				}
			}
		}
		if err := boss.retry(t.Context(), board, nil, &data); err != nil {
			t.Fatal(err)
		}
		var list []boardTask
		for _, edge := range data.Viewer.Store.Tasks.Edges {
			list = append(list, edge.Node)
		}
		return list
	}

	random := rand.New(rand.NewPCG(1, 2))
	same("nothing")
	for i := range 60 {
		all := known()
		task := all[random.IntN(len(all))]
		at := input{"taskId": task.ID}
		name := fmt.Sprintf("%d %d", i, random.IntN(100))
		var change string
		var in input
		who := boss.caller
		switch random.IntN(11) {
		case 0:
			change, in = "startTask", at
		case 1:
			change, in = "completeTask", at
		case 2:
			change, in = "cancelTask", input{"taskId": task.ID, "reason": name}
		case 3:
			change, in = "addTaskComment", input{"taskId": task.ID, "body": name}
		case 4:
			change, in = "assignTask", input{"taskId": task.ID, "assigneeId": nil}
			if other := all[random.IntN(len(all))].Assignee; other != nil {
				in["assigneeId"] = other.ID
			}
		case 5:
			change, in = "createTasks", input{"tasks": []input{boss.task(name)}}
		case 6, 7:
			if len(task.Steps) == 0 {
				continue
			}
			step := task.Steps[random.IntN(len(task.Steps))]
			change, in = "checkTaskStep", input{"stepId": step.ID, "isDone": !step.IsDone}
		case 8:
			if task.Assignee == nil {
				continue
			}
			change, who, in = "updateEmployee", admin, input{"employeeId": task.Assignee.ID, "displayName": name}
		case 9:
			if task.Product == nil {
				continue
			}
			change, who, in = "upsertProducts", admin, input{"products": []input{{"sku": task.Product.SKU, "name": name}}}
		default:
			if task.Template == nil {
				continue
			}
			change, who, in = "updateTaskTemplate", admin, input{"templateId": task.Template.ID, "title": name}
		}
		who.mutate(t, change, in)
		same(change)
	}

	soon := boss.task("due soon")
	soon["dueAt"] = time.Now().Add(8 * time.Second)
	boss.mutate(t, "createTasks", input{"tasks": []input{soon}})
	same("a task that is due soon")
	eventually(t, "the task is overdue", func() bool {
		got, err := colleague.get(t.Context(), node, url.Values{"query": {board}}, "")
		_, task, _ := strings.Cut(got.text, `"title":"due soon"`)
		_, overdue, _ := strings.Cut(task, `"isOverdue":`)
		return err == nil && strings.HasPrefix(overdue, "true")
	})
	same("a task is overdue")

	results := node.cacheResults(t)
	if results["partial"] < 10 {
		t.Errorf("the cache results are %v: most responses were not refreshed in part", results)
	}
}
