package resolvers_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"aisle/auth"
	"aisle/store"
	"aisle/store/catalog"
	"aisle/store/staff"
	"aisle/store/stores"
	"aisle/store/tasks"
)

// The global ids of objects of the test chain.
func (c *testChain) taskID(title string) string {
	return store.GlobalID(tasks.TaskPrefix, c.task[title])
}

func (c *testChain) stepID(title string) string {
	return store.GlobalID(tasks.StepPrefix, c.step[title])
}

func (c *testChain) storeID(code string) string {
	return store.GlobalID(stores.StorePrefix, c.store[code])
}

func (c *testChain) employeeID(login string) string {
	return store.GlobalID(staff.EmployeePrefix, c.employee[login])
}

// sendOperation executes a mutation of a client with an input and returns the payload.
func (a *api) sendOperation(t *testing.T, v auth.Viewer, file string, input vars) response {
	t.Helper()
	return a.mutate(t, v, operation(t, file), input)
}

// mutate executes a mutation with one field and returns the payload.
func (a *api) mutate(t *testing.T, v auth.Viewer, document string, input vars) response {
	t.Helper()
	got := a.mustQuery(t, v, document, vars{"input": input})
	for _, payload := range got.Data {
		got.Data, _ = payload.(map[string]any)
	}
	return got
}

// code returns the code of the only user error, or an empty string.
func (got response) code() string {
	if list, _ := got.at("userErrors").([]any); len(list) != 1 {
		return strings.TrimSuffix(strconv.Itoa(len(list)), "0")
	}
	return fmt.Sprint(got.at("userErrors.0.code"))
}

// events returns the types of the events of a store, in order.
func (a *api) events(t *testing.T, code string) []string {
	t.Helper()
	return a.eventTypes(t, "store_id = $1", a.store[code])
}

// eventsAbout returns the types of the events about the object with a global id, in the order of the log.
func (a *api) eventsAbout(t *testing.T, prefix, globalID string) []string {
	t.Helper()
	id, err := store.ParseID(prefix, globalID)
	if err != nil {
		t.Fatal(err)
	}
	return a.eventTypes(t, "subject_id = $1", id)
}

func (a *api) eventTypes(t *testing.T, where string, id uuid.UUID) []string {
	t.Helper()
	rows, err := a.pool.Query(t.Context(), "SELECT type FROM events.event WHERE "+where+" ORDER BY xid, seq", id)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var types []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			t.Fatal(err)
		}
		types = append(types, s)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return types
}

// taskMutation returns a mutation of one task that is not in operations/.
func taskMutation(name string) string {
	return fmt.Sprintf(`mutation($input: %sInput!) { %s(input: $input) {
		task { id status version startedAt completedAt assignee { id } comments { edges { node { body } } } }
		userErrors { code message field } } }`, strings.ToUpper(name[:1])+name[1:], name)
}

func TestTaskStatusTransitions(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	associate, supervisor := a.as("associate.n1"), a.as("supervisor.n1")
	id := a.taskID("N1 task 0")
	step := func(n int) string { return a.stepID(fmt.Sprintf("N1 task 0 step %d", n)) }

	for _, do := range []struct {
		as      auth.Viewer
		file    string
		input   vars
		status  string
		version int
	}{
		{associate, "mobile/StartTask.graphql", vars{"taskId": id, "expectedVersion": 1}, "IN_PROGRESS", 2},
		{associate, "mobile/CheckStep.graphql", vars{"stepId": step(1), "isDone": true, "expectedVersion": 2}, "", 3},
		{associate, "mobile/CheckStep.graphql", vars{"stepId": step(2), "isDone": true}, "", 4},
		{associate, "mobile/CompleteTask.graphql", vars{"taskId": id, "note": "Two were dented."}, "COMPLETED", 5},
		{supervisor, "rejectTask", vars{"taskId": id, "reason": "Look again."}, "IN_PROGRESS", 6},
		{associate, "mobile/CompleteTask.graphql", vars{"taskId": id, "expectedVersion": 6}, "COMPLETED", 7},
		{supervisor, "verifyTask", vars{"taskId": id}, "VERIFIED", 8},
	} {
		document := taskMutation(do.file)
		if strings.HasSuffix(do.file, ".graphql") {
			document = operation(t, do.file)
		}
		got := a.mutate(t, do.as, document, do.input)
		if got.code() != "" || got.at("task.version") != float64(do.version) || do.status != "" && got.at("task.status") != do.status {
			t.Fatalf("%s: %s, want %s at version %d", do.file, got.JSON, do.status, do.version)
		}
	}
	want := []string{
		"TASK_STARTED", "TASK_STEP_CHECKED", "TASK_STEP_CHECKED", "TASK_COMPLETED", "TASK_REJECTED", "TASK_COMPLETED", "TASK_VERIFIED",
	}
	if diff := cmp.Diff(want, a.events(t, "N1")); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

func TestUndoingHasEventsOfItsOwn(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	id, step := a.taskID("N1 task 0"), a.stepID("N1 task 0 step 1")
	supervisor := a.as("supervisor.n1")

	a.sendOperation(t, supervisor, "mobile/StartTask.graphql", vars{"taskId": id})
	a.sendOperation(t, supervisor, "mobile/CheckStep.graphql", vars{"stepId": step, "isDone": true})
	a.sendOperation(t, supervisor, "mobile/CheckStep.graphql", vars{"stepId": step, "isDone": false})
	a.sendOperation(t, supervisor, "mobile/CheckStep.graphql", vars{"stepId": step, "isDone": false})
	a.sendOperation(t, supervisor, "admin/AssignTask.graphql", vars{"taskId": id, "assigneeId": nil})
	a.sendOperation(t, supervisor, "admin/AssignTask.graphql", vars{"taskId": id, "assigneeId": nil})
	a.sendOperation(t, supervisor, "admin/AssignTask.graphql", vars{"taskId": id, "assigneeId": a.employeeID("associate.n1")})

	want := []string{"TASK_STARTED", "TASK_STEP_CHECKED", "TASK_STEP_UNCHECKED", "TASK_UNASSIGNED", "TASK_ASSIGNED"}
	if diff := cmp.Diff(want, a.eventsAbout(t, tasks.TaskPrefix, id)); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

func TestStartingAnOpenTaskAssignsItToTheViewer(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	id := a.taskID("N1 task 0")
	if got := a.sendOperation(t, a.as("supervisor.n1"), "admin/AssignTask.graphql", vars{"taskId": id, "assigneeId": nil}); got.at("task.status") != "OPEN" {
		t.Fatalf("got %s", got.JSON)
	}

	got := a.sendOperation(t, a.as("associate.n1"), "mobile/StartTask.graphql", vars{"taskId": id})

	if got.at("task.assignee.id") != a.employeeID("associate.n1") || got.at("task.startedAt") != "2026-03-02T17:00:00.000Z" {
		t.Errorf("got %s", got.JSON)
	}
}

// A task without steps has an empty list of them.
func TestTaskWithoutStepsCanBeStarted(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	made := a.mutate(t, a.as("supervisor.n1"), `mutation($input: CreateTasksInput!) { createTasks(input: $input) { tasks { id steps { id } } } }`,
		vars{"tasks": []any{vars{"storeId": a.storeID("N1"), "title": "Sweep.", "kind": "CLEANING", "dueAt": now.Format(time.RFC3339)}}})

	got := a.mutate(t, a.as("supervisor.n1"), `mutation($input: StartTaskInput!) { startTask(input: $input) { task { status steps { id } } } }`,
		vars{"taskId": made.at("tasks.0.id")})

	if diff := cmp.Diff(map[string]any{"task": map[string]any{"status": "IN_PROGRESS", "steps": []any{}}}, got.Data); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// User errors of task mutations.
func TestTaskMutationsReturnUserErrors(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	mine, done, foreign := a.taskID("N1 task 0"), a.taskID("N1 task 6"), a.taskID("N2 task 0")
	colleagues := a.taskID("N1 task 2")
	a.sendOperation(t, a.as("associate.n1"), "mobile/StartTask.graphql", vars{"taskId": mine})
	a.sendOperation(t, a.as("supervisor.n1"), "admin/AssignTask.graphql", vars{"taskId": colleagues, "assigneeId": a.employeeID("manager.n1")})
	for name, c := range map[string]struct {
		as       string
		document string
		input    vars
		code     string
		field    string
	}{
		"another version":       {"associate.n1", operation(t, "mobile/CompleteTask.graphql"), vars{"taskId": mine, "expectedVersion": 1}, "VERSION_CONFLICT", "expectedVersion"},
		"steps are missing":     {"associate.n1", operation(t, "mobile/CompleteTask.graphql"), vars{"taskId": mine}, "STEPS_INCOMPLETE", "taskId"},
		"twice":                 {"associate.n1", operation(t, "mobile/StartTask.graphql"), vars{"taskId": mine}, "INVALID_TRANSITION", "taskId"},
		"done already":          {"associate.n1", operation(t, "mobile/StartTask.graphql"), vars{"taskId": done}, "INVALID_TRANSITION", "taskId"},
		"a foreign store's":     {"associate.n1", operation(t, "mobile/StartTask.graphql"), vars{"taskId": foreign}, "NOT_FOUND", "taskId"},
		"no task's id":          {"associate.n1", operation(t, "mobile/StartTask.graphql"), vars{"taskId": a.storeID("N1")}, "INVALID", "taskId"},
		"nobody's id":           {"supervisor.n1", operation(t, "admin/AssignTask.graphql"), vars{"taskId": mine, "assigneeId": store.GlobalID(staff.EmployeePrefix, store.NewID())}, "NOT_FOUND", "assigneeId"},
		"somebody who is gone":  {"supervisor.n1", operation(t, "admin/AssignTask.graphql"), vars{"taskId": mine, "assigneeId": a.employeeID("gone.n1")}, "CLOSED", "assigneeId"},
		"somebody of elsewhere": {"region.n", operation(t, "admin/AssignTask.graphql"), vars{"taskId": mine, "assigneeId": a.employeeID("associate.n2")}, "INVALID", "assigneeId"},
		"no assignee":           {"supervisor.n1", operation(t, "admin/AssignTask.graphql"), vars{"taskId": mine}, "REQUIRED", "assigneeId"},
		"a colleague's task":    {"associate.n1", operation(t, "mobile/StartTask.graphql"), vars{"taskId": colleagues}, "NOT_ALLOWED", "taskId"},
		"a long note":           {"associate.n1", operation(t, "mobile/CompleteTask.graphql"), vars{"taskId": mine, "note": strings.Repeat("é", 2001)}, "TOO_LONG", "note"},
		"an empty comment":      {"associate.n1", operation(t, "mobile/AddComment.graphql"), vars{"taskId": mine, "body": " \n"}, "REQUIRED", "body"},
		"a long comment":        {"associate.n1", operation(t, "mobile/AddComment.graphql"), vars{"taskId": mine, "body": strings.Repeat("é", 2001)}, "TOO_LONG", "body"},
		"a step of elsewhere":   {"associate.n1", operation(t, "mobile/CheckStep.graphql"), vars{"stepId": a.stepID("N2 task 0 step 1"), "isDone": true}, "NOT_FOUND", "stepId"},
		"a step of a task that is not begun": {
			"associate.n1", operation(t, "mobile/CheckStep.graphql"),
			vars{"stepId": a.stepID("N1 task 1 step 1"), "isDone": true},
			"INVALID_TRANSITION", "taskId",
		},
	} {
		got := a.mutate(t, a.as(c.as), c.document, c.input)
		if got.code() != c.code || got.at("userErrors.0.field.0") != c.field {
			t.Errorf("%s: got %s, want %s about %s", name, got.JSON, c.code, c.field)
		}
	}
}

func TestVersionConflictReturnsTheCurrentTask(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	id := a.taskID("N1 task 0")
	a.sendOperation(t, a.as("associate.n1"), "mobile/StartTask.graphql", vars{"taskId": id})

	got := a.sendOperation(t, a.as("associate.n1"), "mobile/CompleteTask.graphql", vars{"taskId": id, "expectedVersion": 1})

	if got.at("task.version") != 2.0 || got.at("task.status") != "IN_PROGRESS" {
		t.Errorf("got %s", got.JSON)
	}
}

func TestManagersTakeOverTasksOfOthers(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	id := a.taskID("N1 task 0")
	a.sendOperation(t, a.as("supervisor.n1"), "admin/AssignTask.graphql", vars{"taskId": id, "assigneeId": a.employeeID("manager.n1")})

	colleague := a.sendOperation(t, a.as("associate.n1"), "mobile/StartTask.graphql", vars{"taskId": id})
	manager := a.sendOperation(t, a.as("supervisor.n1"), "mobile/StartTask.graphql", vars{"taskId": id})

	if colleague.code() != "NOT_ALLOWED" || manager.at("task.assignee.id") != a.employeeID("supervisor.n1") {
		t.Errorf("the colleague got %s, the supervisor %s", colleague.JSON, manager.JSON)
	}
}

func TestAssociatesDoNotManageTasks(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	for _, name := range []string{"verifyTask", "cancelTask", "assignTask"} {
		got := a.query(t, a.as("associate.n1"), taskMutation(name), vars{"input": vars{"taskId": a.taskID("N1 task 0")}})
		if len(got.Errors) != 1 || got.Errors[0] != fmt.Sprintf("%q requires the permission TASKS_MANAGE.", name) {
			t.Errorf("%s: %v %s", name, got.Errors, got.JSON)
		}
	}
	if events := a.events(t, "N1"); len(events) > 0 {
		t.Errorf("what was forbidden left %v", events)
	}
}

func TestReplayReturnsTheFirstResponse(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	v := a.as("associate.n1")
	start := vars{"taskId": a.taskID("N1 task 0"), "idempotencyKey": "start"}
	a.sendOperation(t, v, "mobile/StartTask.graphql", start)
	step := vars{"stepId": a.stepID("N1 task 0 step 1"), "isDone": true, "idempotencyKey": "step 1"}
	first := a.sendOperation(t, v, "mobile/CheckStep.graphql", step)
	comment := vars{"taskId": a.taskID("N1 task 0"), "body": "Dented.", "idempotencyKey": "say"}
	said := a.sendOperation(t, v, "mobile/AddComment.graphql", comment)
	a.sendOperation(t, v, "mobile/CheckStep.graphql", vars{"stepId": a.stepID("N1 task 0 step 2"), "isDone": true})
	told := len(a.events(t, "N1"))

	again := a.sendOperation(t, v, "mobile/CheckStep.graphql", step)
	saidAgain := a.sendOperation(t, v, "mobile/AddComment.graphql", comment)
	start["expectedVersion"] = 9
	reused := a.sendOperation(t, v, "mobile/StartTask.graphql", start)

	if again.JSON != first.JSON || saidAgain.JSON != said.JSON {
		t.Errorf("first %s\nagain %s\nfirst %s\nagain %s", first.JSON, again.JSON, said.JSON, saidAgain.JSON)
	}
	if reused.code() != "IDEMPOTENCY_KEY_REUSED" {
		t.Errorf("the key with another input: %s", reused.JSON)
	}
	if n := len(a.events(t, "N1")); n != told {
		t.Errorf("%d events were told by replays", n-told)
	}
}

// rejectedRows returns the rejected rows: their indexes, codes and fields.
func (got response) rejectedRows() string {
	list, _ := got.at("rejected").([]any)
	rows := make([]string, len(list))
	for i := range list {
		row := fmt.Sprintf("rejected.%d.", i)
		rows[i] = fmt.Sprintf("%v %v%v", got.at(row+"index"), got.at(row+"code"), got.at(row+"field"))
	}
	return strings.Join(rows, "; ")
}

func TestCreateTasksCreatesValidTasksAndRejectsOthers(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	due := now.Add(time.Hour).Format(time.RFC3339)
	template := store.GlobalID(tasks.TemplatePrefix, a.template)
	product := store.GlobalID(catalog.ProductPrefix, a.product["100"])

	got := a.sendOperation(t, a.as("region.n"), "admin/CreateTasks.graphql", vars{"idempotencyKey": "k", "tasks": []any{
		vars{"storeId": a.storeID("N1"), "templateId": template, "dueAt": due, "assigneeId": a.employeeID("associate.n1")},
		vars{"storeId": a.storeID("S1"), "templateId": template, "dueAt": due},
		vars{"storeId": a.storeID("N2"), "title": " Clean up ", "kind": "CLEANING", "dueAt": due, "productId": product},
		vars{"storeId": a.storeID("N2"), "title": "No kind", "dueAt": due},
		vars{"storeId": a.storeID("N2"), "templateId": template, "dueAt": "0001-01-01T00:00:00Z"},
		vars{"storeId": a.storeID("N2"), "templateId": template, "dueAt": due, "assigneeId": a.employeeID("associate.n1")},
		vars{"storeId": a.storeID("N2"), "kind": "CLEANING", "dueAt": due},
		vars{"storeId": a.storeID("N2"), "templateId": template, "dueAt": due, "instructions": ""},
		vars{"storeId": a.storeID("N2"), "templateId": template, "dueAt": due, "title": strings.Repeat("x", 201)},
		vars{"storeId": a.storeID("N2"), "templateId": template, "dueAt": due, "steps": []any{vars{"title": "Look"}, vars{"title": " "}}},
		vars{"storeId": a.storeID("N2"), "templateId": template, "dueAt": due, "steps": slices.Repeat([]any{vars{"title": "Look"}}, 51)},
		vars{"storeId": a.storeID("N2"), "templateId": store.GlobalID(tasks.TemplatePrefix, store.NewID()), "dueAt": due},
		vars{"storeId": a.storeID("N2"), "templateId": template, "dueAt": due, "productId": store.GlobalID(catalog.ProductPrefix, store.NewID())},
	}})

	if list, _ := got.at("tasks").([]any); len(list) != 2 ||
		got.at("tasks.0.status") != "ASSIGNED" || got.at("tasks.1.title") != "Clean up" || got.at("tasks.1.store.code") != "N2" {
		t.Errorf("got %s", got.JSON)
	}
	want := "1 NOT_FOUND[storeId]; 3 REQUIRED[kind]; 4 INVALID[dueAt]; 5 INVALID[assigneeId]; 6 REQUIRED[title]; 7 REQUIRED[instructions]; " +
		"8 TOO_LONG[title]; 9 REQUIRED[steps 1 title]; 10 TOO_MANY[steps]; 11 NOT_FOUND[templateId]; 12 NOT_FOUND[productId]"
	if rejected := got.rejectedRows(); rejected != want || got.code() != "" {
		t.Errorf("got  %s\nwant %s\nuserErrors %v", rejected, want, got.at("userErrors"))
	}
}

func TestCreateTasksCostsTheSameForOneAndAThousand(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	create := func(n int) response {
		list := make([]any, n)
		for i := range list {
			list[i] = vars{
				"storeId": a.storeID([]string{"N1", "N2", "S1"}[i%3]), "dueAt": now.Format(time.RFC3339),
				"templateId": store.GlobalID(tasks.TemplatePrefix, a.template),
			}
		}
		return a.sendOperation(t, a.as("admin"), "admin/CreateTasks.graphql", vars{"tasks": list})
	}
	one, many, over := create(3), create(tasks.MaxTasks), create(tasks.MaxTasks+1)

	if list, _ := many.at("tasks").([]any); len(list) != tasks.MaxTasks || many.Statements != one.Statements {
		t.Errorf("%d tasks with %d statements, %d with one", len(list), many.Statements, one.Statements)
	}
	if over.code() != "TOO_MANY" || over.at("userErrors.0.field.0") != "tasks" {
		t.Errorf("one too many: %s", over.JSON)
	}
	if none := create(0); none.code() != "REQUIRED" || none.at("userErrors.0.field.0") != "tasks" || none.rejectedRows() != "" {
		t.Errorf("none: %s", none.JSON)
	}
}

func TestCreateRegionTasksCreatesOneTaskPerOpenStore(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	create := func(v auth.Viewer, region string) response {
		return a.mutate(t, v, createRegionTasks,
			vars{
				"regionId": store.GlobalID(stores.RegionPrefix, a.region[region]), "dueAt": now.Format(time.RFC3339),
				"templateId": store.GlobalID(tasks.TemplatePrefix, a.template),
			})
	}
	own, foreign := create(a.as("region.n"), "N"), create(a.as("region.n"), "S")

	if own.at("tasks.0.store.code") != "N1" || own.at("tasks.1.store.code") != "N2" || own.at("tasks.1.steps.1.isRequired") != false {
		t.Errorf("got %s", own.JSON)
	}
	if own.at("createdCount") != 2.0 || own.rejectedRows() != "" || own.code() != "" {
		t.Errorf("got %s", own.JSON)
	}
	if foreign.code() != "NOT_FOUND" {
		t.Errorf("a foreign region: %s", foreign.JSON)
	}
}

const createRegionTasks = `mutation($input: CreateRegionTasksInput!) { createRegionTasks(input: $input) {
	tasks { title dueAt store { code } steps { title isRequired } } createdCount
	rejected { index field code message } userErrors { code message field } } }`

func TestCreateRegionTasksReportsErrorsOfTheWholeInput(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	for name, c := range map[string]struct {
		input vars
		want  string
	}{
		"no due time":      {vars{"title": "Sweep", "kind": "CLEANING"}, "REQUIRED [dueAt]"},
		"two due times":    {vars{"title": "Sweep", "kind": "CLEANING", "dueAt": now.Format(time.RFC3339), "dueLocal": "2026-03-02T18:00"}, "INVALID [dueLocal]"},
		"a distant time":   {vars{"title": "Sweep", "kind": "CLEANING", "dueLocal": "1999-03-02T18:00"}, "INVALID [dueLocal]"},
		"no title":         {vars{"kind": "CLEANING", "dueLocal": "2026-03-02T18:00"}, "REQUIRED [title]"},
		"an empty step":    {vars{"title": "Sweep", "kind": "CLEANING", "dueLocal": "2026-03-02T18:00", "steps": []any{vars{"title": ""}}}, "REQUIRED [steps 0 title]"},
		"an unknown thing": {vars{"title": "Sweep", "kind": "CLEANING", "dueLocal": "2026-03-02T18:00", "productId": store.GlobalID(catalog.ProductPrefix, store.NewID())}, "NOT_FOUND [productId]"},
	} {
		c.input["regionId"] = store.GlobalID(stores.RegionPrefix, a.region["N"])

		got := a.mutate(t, a.as("region.n"), createRegionTasks, c.input)

		if found := fmt.Sprint(got.at("userErrors.0.code"), " ", got.at("userErrors.0.field")); found != c.want || got.at("createdCount") != 0.0 || got.rejectedRows() != "" {
			t.Errorf("%s: got %s", name, got.JSON)
		}
	}
	if events := a.events(t, "N1"); len(events) > 0 {
		t.Errorf("rejected inputs left %v", events)
	}
}

// dueLocal is the same date and time in each store's zone, also when clocks change.
func TestRegionTasksAreDueAtALocalTime(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	for code, zone := range map[string]string{"N1": "America/New_York", "N2": "America/Los_Angeles"} {
		if _, err := a.pool.Exec(t.Context(), "UPDATE stores.store SET timezone = $2 WHERE code = $1", code, zone); err != nil {
			t.Fatal(err)
		}
	}
	for local, want := range map[string][2]string{
		"2026-03-02T18:00":    {"2026-03-02T23:00:00.000Z", "2026-03-03T02:00:00.000Z"},
		"2026-07-02T18:00:30": {"2026-07-02T22:00:30.000Z", "2026-07-03T01:00:30.000Z"},
		"2026-03-08T02:30":    {"2026-03-08T07:30:00.000Z", "2026-03-08T10:30:00.000Z"}, // does not exist
		"2026-11-01T01:30":    {"2026-11-01T05:30:00.000Z", "2026-11-01T08:30:00.000Z"}, // exists twice
	} {
		got := a.mutate(t, a.as("region.n"), createRegionTasks, vars{
			"regionId": store.GlobalID(stores.RegionPrefix, a.region["N"]), "title": "Close", "kind": "CLEANING", "dueLocal": local,
		})
		if found := [2]string{fmt.Sprint(got.at("tasks.0.dueAt")), fmt.Sprint(got.at("tasks.1.dueAt"))}; found != want {
			t.Errorf("%s: got %v, want %v", local, found, want)
		}
	}
}

func TestCommentsAndStepsKnowTheirTask(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	id := a.taskID("N1 task 0")

	said := a.mutate(t, a.as("associate.n1"), mutation("addTaskComment", "comment { body task { title } } task { title version steps { task { id } } }"),
		vars{"taskId": id, "body": "Dented."})
	foreign := a.mutate(t, a.as("associate.n1"), mutation("addTaskComment", "comment { id } task { id }"), vars{"taskId": a.taskID("N2 task 0"), "body": "Dented."})

	if said.at("comment.task.title") != "N1 task 0" || said.at("task.title") != "N1 task 0" || said.at("task.version") != 1.0 ||
		said.at("task.steps.0.task.id") != id {
		t.Errorf("got %s", said.JSON)
	}
	if foreign.at("task") != nil || foreign.at("comment") != nil || foreign.code() != "NOT_FOUND" {
		t.Errorf("of another store: %s", foreign.JSON)
	}
}

func TestCreateTasksLimitsTheStepsOfAllTasks(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	create := func(tasks, steps int) response {
		list := make([]any, tasks)
		for i := range list {
			list[i] = vars{
				"storeId": a.storeID("N1"), "title": "New", "kind": "CLEANING", "dueAt": now.Format(time.RFC3339),
				"steps": slices.Repeat([]any{vars{"title": "Look."}}, steps),
			}
		}
		return a.mutate(t, a.as("manager.n1"), mutation("createTasks", "tasks { id }"), vars{"tasks": list})
	}

	most, more := create(200, 50), create(201, 50)

	if most.code() != "" || more.code() != "TOO_MANY" || more.at("userErrors.0.field.0") != "tasks" {
		t.Errorf("10,000 steps: %q; 10,050: %q %v", most.code(), more.code(), more.at("userErrors.0.message"))
	}
}

// A task mutation reads the task with its steps once. The other statements begin and commit, take locks, look up the stored response,
// change a row and emit an event. The payload loads the assignee or the author.
func TestStatementsOfATaskMutation(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	worker := a.as("associate.n1")
	if _, err := a.pool.Exec(t.Context(), "UPDATE tasks.step SET done = true, done_at = now() WHERE task_id = $1", a.task["N1 task 0"]); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		file  string
		input vars
	}{
		{"mobile/StartTask.graphql", vars{}}, {"mobile/AddComment.graphql", vars{"body": "Said."}}, {"mobile/CompleteTask.graphql", vars{}},
	} {
		c.input["taskId"], c.input["idempotencyKey"] = a.taskID("N1 task 0"), c.file
		got := a.sendOperation(t, worker, c.file, c.input)
		if got.code() != "" || got.Statements != 8 {
			t.Errorf("%s: %d statements, want 8: %s", c.file, got.Statements, got.JSON)
		}
	}
}
