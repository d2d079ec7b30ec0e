package resolvers_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"aisle/store"
	"aisle/store/tasks"
)

const templateFields = "template { id code title instructions kind priority version archivedAt steps { title } }"

func TestUpdateTaskTemplateKeepsWhatIsOmittedAndClearsNull(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	made := a.mutate(t, a.as("admin"), mutation("createTaskTemplate", templateFields), vars{
		"code": "WINDOWS", "title": "Clean the windows", "instructions": "Both sides.", "kind": "CLEANING", "priority": "LOW",
		"steps": []any{vars{"title": "Soap"}, vars{"title": "Water"}},
	})
	id := fmt.Sprint(made.at("template.id"))
	want := map[string]any{
		"id": id, "code": "WINDOWS", "title": "Clean the windows", "instructions": "Both sides.", "kind": "CLEANING", "priority": "LOW",
		"version": 1.0, "archivedAt": nil, "steps": []any{map[string]any{"title": "Soap"}, map[string]any{"title": "Water"}},
	}
	for i, c := range []struct{ input, changes vars }{
		{vars{}, vars{}},
		{vars{"title": " Windows "}, vars{"title": "Windows"}},
		{vars{"priority": "HIGH", "kind": "INCIDENT"}, vars{"priority": "HIGH", "kind": "INCIDENT"}},
		{vars{"instructions": nil}, vars{"instructions": ""}},
		{vars{"steps": []any{vars{"title": "Dry"}}}, vars{"steps": []any{map[string]any{"title": "Dry"}}}},
		{vars{"steps": nil}, vars{"steps": []any{}}},
	} {
		c.input["templateId"] = id
		maps.Copy(want, c.changes)
		want["version"] = float64(i + 2)

		got := a.mutate(t, a.as("admin"), mutation("updateTaskTemplate", templateFields), c.input)

		if diff := cmp.Diff(want, got.at("template")); diff != "" || got.code() != "" {
			t.Errorf("%v: %s (-want +got):\n%s", c.input, got.code(), diff)
		}
	}
	for name, c := range map[string]struct {
		input vars
		want  string
	}{
		"no title":        {vars{"title": nil}, "REQUIRED [title]"},
		"an empty title":  {vars{"title": " "}, "REQUIRED [title]"},
		"no kind":         {vars{"kind": nil}, "REQUIRED [kind]"},
		"no priority":     {vars{"priority": nil}, "REQUIRED [priority]"},
		"an empty text":   {vars{"instructions": ""}, "REQUIRED [instructions]"},
		"a long text":     {vars{"instructions": strings.Repeat("x", 5001)}, "TOO_LONG [instructions]"},
		"an empty step":   {vars{"steps": []any{vars{"title": "Dry"}, vars{"title": ""}}}, "REQUIRED [steps 1 title]"},
		"another version": {vars{"title": "x", "expectedVersion": 1}, "VERSION_CONFLICT [expectedVersion]"},
		"no template":     {vars{"title": "x", "templateId": store.GlobalID(tasks.TemplatePrefix, store.NewID())}, "NOT_FOUND [templateId]"},
	} {
		if c.input["templateId"] == nil {
			c.input["templateId"] = id
		}
		got := a.mutate(t, a.as("admin"), mutation("updateTaskTemplate", templateFields), c.input)
		if found := fmt.Sprint(got.at("userErrors.0.code"), " ", got.at("userErrors.0.field")); found != c.want {
			t.Errorf("%s: got %s, want %s", name, got.JSON, c.want)
		}
	}
	taken := a.mutate(t, a.as("admin"), mutation("createTaskTemplate", templateFields), vars{"code": "WINDOWS", "title": "x", "kind": "CLEANING"})
	if found := fmt.Sprint(taken.code(), taken.at("userErrors.0.field")); found != "TAKEN[code]" {
		t.Errorf("a code that exists: %s", taken.JSON)
	}
}

func TestArchivedTemplatesAreNotUsedForNewTasks(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	id := store.GlobalID(tasks.TemplatePrefix, a.template)
	archive := func(name string, input vars) response {
		input["templateId"] = id
		return a.mutate(t, a.as("admin"), mutation(name, templateFields), input)
	}
	create := func() response {
		return a.sendOperation(t, a.as("manager.n1"), "admin/CreateTasks.graphql", vars{"tasks": []any{
			vars{"storeId": a.storeID("N1"), "templateId": id, "dueAt": now.Format(time.RFC3339)},
		}})
	}
	listed := func() string {
		return strings.Join(a.collect(t, "associate.n1", "taskTemplates", "code", 10), " ") + "/" +
			strings.Join(a.collect(t, "associate.n1", "taskTemplates(filter: {isArchived: true})", "code", 10), " ")
	}
	steps := a.mustQuery(t, a.as("associate.n1"), `{ taskTemplate(id: "`+id+`") { steps { id } } }`, nil).JSON

	late := archive("archiveTaskTemplate", vars{"expectedVersion": 2})
	first := archive("archiveTaskTemplate", vars{"expectedVersion": 1, "idempotencyKey": "archive"})
	replay := archive("archiveTaskTemplate", vars{"expectedVersion": 1, "idempotencyKey": "archive"})
	again := archive("archiveTaskTemplate", vars{})

	if late.code() != "VERSION_CONFLICT" || first.at("template.version") != 2.0 || first.at("template.archivedAt") != "2026-03-02T17:00:00.000Z" ||
		replay.JSON != first.JSON || again.JSON != first.JSON {
		t.Errorf("late %s, first %s, replay %s, again %s", late.JSON, first.JSON, replay.JSON, again.JSON)
	}
	if rejected := create().rejectedRows(); rejected != "0 CLOSED[templateId]" {
		t.Errorf("a task of an archived template: %s", rejected)
	}
	if changed := archive("updateTaskTemplate", vars{"title": "x"}); changed.code() != "CLOSED" || changed.at("template.title") != "Check the dairy" {
		t.Errorf("a change of an archived template: %s", changed.JSON)
	}
	if found := listed(); found != "/DAIRY" {
		t.Errorf("after archiving: %s", found)
	}
	read := a.mustQuery(t, a.as("associate.n1"), `{ taskTemplate(id: "`+id+`") { code } task(id: "`+a.taskID("N1 task 0")+`") { template { code archivedAt } } }`, nil)
	if read.at("taskTemplate.code") != "DAIRY" || read.at("task.template.archivedAt") != "2026-03-02T17:00:00.000Z" {
		t.Errorf("an archived template by id and of a task: %s", read.JSON)
	}

	restored := archive("restoreTaskTemplate", vars{"expectedVersion": 2})
	unchanged := archive("restoreTaskTemplate", vars{})

	if restored.at("template.version") != 3.0 || restored.at("template.archivedAt") != nil || unchanged.JSON != restored.JSON {
		t.Errorf("restored %s, again %s", restored.JSON, unchanged.JSON)
	}
	if made := create(); made.at("createdCount") != nil || made.at("tasks.0.title") != "Check the dairy" {
		t.Errorf("a task of a restored template: %s", made.JSON)
	}
	if found := listed(); found != "DAIRY/" {
		t.Errorf("after restoring: %s", found)
	}
	if now := a.mustQuery(t, a.as("associate.n1"), `{ taskTemplate(id: "`+id+`") { steps { id } } }`, nil).JSON; now != steps {
		t.Errorf("the steps were %s and are %s", steps, now)
	}
	if archived, restored := a.countEvents(t, "TASK_TEMPLATE_ARCHIVED"), a.countEvents(t, "TASK_TEMPLATE_RESTORED"); archived != 1 || restored != 1 {
		t.Errorf("%d events of archiving, %d of restoring", archived, restored)
	}
	forbidden := a.query(t, a.as("region.n"), mutation("archiveTaskTemplate", templateFields), vars{"input": vars{"templateId": id}})
	if len(forbidden.Errors) != 1 {
		t.Errorf("a region manager archives a template: %s", forbidden.JSON)
	}
}

func TestTaskTemplateIsFoundByItsCode(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	id := store.GlobalID(tasks.TemplatePrefix, a.template)
	for arguments, want := range map[string]any{
		`id: "` + id + `"`:       "Check the dairy",
		`by: {code: "DAIRY"}`:    "Check the dairy",
		`by: {code: "dairy"}`:    nil,
		`by: {code: ""}`:         nil,
		`by: {code: "a\u0000b"}`: nil,
	} {
		got := a.mustQuery(t, a.as("associate.n1"), `{ taskTemplate(`+arguments+`) { title } }`, nil)
		if got.at("taskTemplate.title") != want {
			t.Errorf("%s: %s", arguments, got.JSON)
		}
	}
	for arguments, want := range map[string]string{
		"id: null":                              "id and by are both missing. Send exactly one of them.",
		`id: "` + id + `", by: {code: "DAIRY"}`: "id and by were both sent. Send exactly one of them.",
	} {
		got := a.query(t, a.as("associate.n1"), `{ taskTemplate(`+arguments+`) { title } }`, nil)
		if len(got.Errors) != 1 || got.Errors[0] != want {
			t.Errorf("%s: %v", arguments, got.Errors)
		}
	}
}
