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

// board is all that a task shows but its comments, twice: with other fields under another name.
const board = `{ viewer { store { name openTaskCount
	tasks(first: 100, filter: {status: [OPEN, ASSIGNED, IN_PROGRESS]}) { edges { cursor node {
		id title instructions kind status priority dueAt isOverdue createdAt startedAt completedAt updatedAt version
		assignee { id displayName status } product { id sku name category { name } } template { id title steps { title } }
		steps { id position title required done doneAt doneBy { displayName } }
	} } pageInfo { hasNextPage } }
	again: tasks(first: 100, orderBy: CREATED_AT) { edges { node { ...short } } } } } }
	fragment short on Task { id status steps { done } ... on Task { assignee { role } } }`

// boardTask is a task as far as a change has to know it.
type boardTask struct {
	ID, Title, Status string
	Steps             []struct {
		ID   string
		Done bool
	}
	Assignee *struct{ ID, DisplayName string }
	Product  *struct{ SKU, Name string }
	Template *struct{ ID string }
}

// mutate changes something, and may be refused.
func (c *caller) mutate(t *testing.T, name string, in input) {
	t.Helper()
	document := fmt.Sprintf(`mutation($input: %sInput!) { %s(input: $input) { userErrors { code } } }`, strings.ToUpper(name[:1])+name[1:], name)
	var answer map[string]struct{ UserErrors []struct{ Code string } }
	if err := c.insist(t.Context(), document, input{"input": keyed(in)}, &answer); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	for _, e := range answer[name].UserErrors {
		t.Logf("%s: %s", name, e.Code)
	}
}

func TestABoardThatIsMadeAnewInPartIsAsOneThatIsMadeAsAWhole(t *testing.T) {
	t.Parallel()
	databaseURL, redis := demoDatabase(t, 1), redisServer(t)
	node := startNode(t, databaseURL, redis, "AISLE_VIEWER_RATE_LIMIT=0", "AISLE_ADDRESS_RATE_LIMIT=0")
	defer node.end(t)
	boss, colleague, admin := newWorker(t, node.api, "manager.1"), newWorker(t, node.api, "associate.1"), newCaller(t, node.api, "admin")

	// same waits until what is kept is as what is read from the tables.
	same := func(after string) {
		t.Helper()
		var kept home
		var read []byte
		eventually(t, "the board is right after "+after, func() bool {
			var err error
			if kept, err = colleague.get(t.Context(), node, url.Values{"query": {board}}, ""); err != nil || kept.status != http.StatusOK {
				t.Fatal(kept.status, kept.text, err)
			}
			if read, err = colleague.post(t.Context(), board, nil); err != nil {
				t.Fatal(err)
			}
			return kept.text == string(read)
		})
	}
	// known are the tasks that can be changed.
	known := func() []boardTask {
		t.Helper()
		var data struct {
			Viewer struct {
				Store struct {
					Tasks struct{ Edges []struct{ Node boardTask } }
				}
			}
		}
		if err := boss.insist(t.Context(), board, nil, &data); err != nil {
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
			change, in = "checkTaskStep", input{"stepId": step.ID, "done": !step.Done}
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
	soon["dueAt"] = time.Now().Add(2 * time.Second)
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
		t.Errorf("the cache results are %v: responses are made as a whole", results)
	}
}
