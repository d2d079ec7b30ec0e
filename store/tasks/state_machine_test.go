package tasks_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"aisle/app/localpg/pgtest"
	"aisle/auth"
	"aisle/store"
	"aisle/store/postgres"
	"aisle/store/tasks"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// A testStore is a store with employees and tasks in a real database, and a model of the tasks.
type testStore struct {
	commands  *store.CommandRunner
	service   *tasks.Service
	pool      *postgres.Pool
	now       time.Time
	store     uuid.UUID
	employees []uuid.UUID // the first is the supervisor
	tasks     []*taskModel
}

// A taskModel is the expected state of a task.
type taskModel struct {
	id       uuid.UUID
	status   tasks.Status
	assignee uuid.NullUUID
	version  int32
	steps    []modelStep
	comments int
	events   []string // the types of its events with their versions
}

type modelStep struct {
	id             uuid.UUID
	required, done bool
}

// isIncomplete reports whether a required step is not done.
func (m *taskModel) isIncomplete() bool {
	for _, s := range m.steps {
		if s.required && !s.done {
			return true
		}
	}
	return false
}

// applyChange applies a change to the model.
func (m *taskModel) applyChange(status tasks.Status, event store.EventType) {
	m.status = status
	m.version++
	m.events = append(m.events, fmt.Sprintf("%s %d", event, m.version))
}

// addComment counts a comment, unless the text is empty.
func (m *taskModel) addComment(text string) {
	if text != "" {
		m.comments++
	}
}

// Random commands of several employees, some with stale versions, change the tasks as the model expects. Each change is one
// version and one event.
func TestStateMachineMatchesModel(t *testing.T) {
	t.Parallel()
	pool, err := postgres.Open(t.Context(), pgtest.New(t), postgres.Options{MaxConns: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	rapid.Check(t, func(t *rapid.T) {
		s := newTestStore(t, pool)
		t.Repeat(map[string]func(*rapid.T){
			"start": func(t *rapid.T) { s.start(t) }, "check": func(t *rapid.T) { s.check(t) },
			"complete": func(t *rapid.T) { s.complete(t) }, "verify": func(t *rapid.T) { s.verify(t) },
			"reject": func(t *rapid.T) { s.reject(t) }, "cancel": func(t *rapid.T) { s.cancel(t) },
			"assign": func(t *rapid.T) { s.assign(t) }, "comment": func(t *rapid.T) { s.comment(t) },
		})
		s.compare(t)
	})
}

func newTestStore(t *rapid.T, pool *postgres.Pool) *testStore {
	s := &testStore{
		pool: pool, service: tasks.NewService(pool), store: store.NewID(),
		now:       time.Date(2026, 3, 8, 6, 59, 0, 0, time.UTC), // a minute before New York's clocks go forward
		employees: []uuid.UUID{store.NewID(), store.NewID(), store.NewID()},
	}
	s.commands = store.NewCommandRunner(pool, func() time.Time { s.now = s.now.Add(time.Second); return s.now }, func(context.Context, uuid.UUID, store.Position) {})
	drafts := []tasks.Draft{
		{StoreID: s.store, Title: "free", Kind: tasks.KindCleaning, Priority: tasks.PriorityLow, DueAt: s.now},
		{
			StoreID: s.store, Title: "somebody's", Kind: tasks.KindDelivery, Priority: tasks.PriorityHigh, DueAt: s.now,
			AssigneeID: uuid.NullUUID{UUID: s.employees[1], Valid: true},
			Steps:      []tasks.DraftStep{{Title: "must", Required: true}, {Title: "may"}},
		},
	}
	created, err := store.Run(context.Background(), s.commands, store.Command{Name: "create", Locks: store.StoreLocks(s.store)},
		func(ctx context.Context, tx *store.Tx) ([]tasks.EventData, error) {
			return s.service.Create(ctx, tx, auth.SystemScope(), drafts)
		})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range created {
		m := &taskModel{id: d.Task.ID, status: d.Task.Status, assignee: d.Task.AssigneeID, version: 1, events: []string{"TASK_CREATED 1"}}
		for _, step := range d.Steps {
			m.steps = append(m.steps, modelStep{step.ID, step.Required, false})
		}
		s.tasks = append(s.tasks, m)
	}
	return s
}

// runCommand runs a command on a task and compares the error code with the expected one. It reports whether the command
// changes the model.
func (s *testStore) runCommand(
	t *rapid.T, m *taskModel, actor uuid.UUID, want store.Code, f func(ctx context.Context, tx *store.Tx, e tasks.Edit) (tasks.EventData, error),
) bool {
	e := tasks.Edit{TaskID: m.id}
	switch rapid.IntRange(0, 5).Draw(t, "version") {
	case 0:
		e.ExpectedVersion, want = new(m.version-1), store.CodeVersionConflict
	case 1:
		e.ExpectedVersion = new(m.version)
	}
	_, err := store.Run(context.Background(), s.commands, store.Command{Name: "test", ActorID: actor, Locks: store.StoreLocks(s.store)},
		func(ctx context.Context, tx *store.Tx) (tasks.EventData, error) { return f(ctx, tx, e) })
	var got store.Code
	if userErr := new(store.UserError); errors.As(err, &userErr) {
		got = userErr.Code
	} else if err != nil {
		t.Fatal(err)
	}
	if got != want {
		t.Fatalf("got code %q (%v), want %q; the task is %+v", got, err, want, m)
	}
	return want == ""
}

func (s *testStore) sampleTaskAndActor(t *rapid.T) (*taskModel, uuid.UUID) {
	return rapid.SampledFrom(s.tasks).Draw(t, "task"), rapid.SampledFrom(s.employees).Draw(t, "who")
}

// expectedCode returns INVALID_TRANSITION unless the task has one of the statuses.
func expectedCode(m *taskModel, from ...tasks.Status) store.Code {
	if slices.Contains(from, m.status) {
		return ""
	}
	return store.CodeInvalidTransition
}

func (s *testStore) start(t *rapid.T) {
	m, actor := s.sampleTaskAndActor(t)
	manages := actor == s.employees[0]
	want := expectedCode(m, tasks.StatusOpen, tasks.StatusAssigned)
	if want == "" && m.assignee.Valid && m.assignee.UUID != actor && !manages {
		want = store.CodeNotAllowed
	}
	if s.runCommand(t, m, actor, want, func(ctx context.Context, tx *store.Tx, e tasks.Edit) (tasks.EventData, error) {
		return s.service.Start(ctx, tx, auth.SystemScope(), e, manages)
	}) {
		m.assignee = uuid.NullUUID{UUID: actor, Valid: true}
		m.applyChange(tasks.StatusInProgress, store.EventTaskStarted)
	}
}

func (s *testStore) check(t *rapid.T) {
	m, actor := s.sampleTaskAndActor(t)
	if len(m.steps) == 0 {
		return
	}
	i, done := rapid.IntRange(0, len(m.steps)-1).Draw(t, "step"), rapid.Bool().Draw(t, "done")
	if s.runCommand(t, m, actor, expectedCode(m, tasks.StatusInProgress), func(ctx context.Context, tx *store.Tx, e tasks.Edit) (tasks.EventData, error) {
		return s.service.CheckStep(ctx, tx, auth.SystemScope(), e, m.steps[i].id, done)
	}) && m.steps[i].done != done {
		m.steps[i].done = done
		event := store.EventTaskStepUnchecked
		if done {
			event = store.EventTaskStepChecked
		}
		m.applyChange(m.status, event)
	}
}

func (s *testStore) complete(t *rapid.T) {
	m, actor := s.sampleTaskAndActor(t)
	want := expectedCode(m, tasks.StatusInProgress)
	if want == "" && m.isIncomplete() {
		want = store.CodeStepsIncomplete
	}
	note := rapid.SampledFrom([]string{"", "note"}).Draw(t, "note")
	if s.runCommand(t, m, actor, want, func(ctx context.Context, tx *store.Tx, e tasks.Edit) (tasks.EventData, error) {
		return s.service.Complete(ctx, tx, auth.SystemScope(), e, note)
	}) {
		m.addComment(note)
		m.applyChange(tasks.StatusCompleted, store.EventTaskCompleted)
	}
}

func (s *testStore) verify(t *rapid.T) {
	m, actor := s.sampleTaskAndActor(t)
	if s.runCommand(t, m, actor, expectedCode(m, tasks.StatusCompleted), func(ctx context.Context, tx *store.Tx, e tasks.Edit) (tasks.EventData, error) {
		return s.service.Verify(ctx, tx, auth.SystemScope(), e)
	}) {
		m.applyChange(tasks.StatusVerified, store.EventTaskVerified)
	}
}

func (s *testStore) reject(t *rapid.T) {
	m, actor := s.sampleTaskAndActor(t)
	if s.runCommand(t, m, actor, expectedCode(m, tasks.StatusCompleted), func(ctx context.Context, tx *store.Tx, e tasks.Edit) (tasks.EventData, error) {
		return s.service.Reject(ctx, tx, auth.SystemScope(), e, "reason")
	}) {
		m.addComment("reason")
		m.applyChange(tasks.StatusInProgress, store.EventTaskRejected)
	}
}

func (s *testStore) cancel(t *rapid.T) {
	m, actor := s.sampleTaskAndActor(t)
	want := expectedCode(m, tasks.StatusOpen, tasks.StatusAssigned, tasks.StatusInProgress)
	if s.runCommand(t, m, actor, want, func(ctx context.Context, tx *store.Tx, e tasks.Edit) (tasks.EventData, error) {
		return s.service.Cancel(ctx, tx, auth.SystemScope(), e, "")
	}) {
		m.applyChange(tasks.StatusCancelled, store.EventTaskCancelled)
	}
}

func (s *testStore) assign(t *rapid.T) {
	m, actor := s.sampleTaskAndActor(t)
	to := uuid.NullUUID{UUID: rapid.SampledFrom(s.employees).Draw(t, "to"), Valid: rapid.Bool().Draw(t, "to anybody")}
	if !to.Valid {
		to.UUID = uuid.Nil
	}
	want := expectedCode(m, tasks.StatusOpen, tasks.StatusAssigned, tasks.StatusInProgress)
	if !s.runCommand(t, m, actor, want, func(ctx context.Context, tx *store.Tx, e tasks.Edit) (tasks.EventData, error) {
		return s.service.Assign(ctx, tx, auth.SystemScope(), e, to)
	}) {
		return
	}
	status, event := tasks.StatusOpen, store.EventTaskUnassigned
	if to.Valid {
		status, event = tasks.StatusAssigned, store.EventTaskAssigned
	}
	if m.status != status || m.assignee != to {
		m.assignee = to
		m.applyChange(status, event)
	}
}

func (s *testStore) comment(t *rapid.T) {
	m, actor := s.sampleTaskAndActor(t)
	_, err := store.Run(context.Background(), s.commands, store.Command{Name: "test", ActorID: actor, Locks: store.StoreLocks(s.store)},
		func(ctx context.Context, tx *store.Tx) (tasks.EventData, error) {
			return s.service.AddComment(ctx, tx, auth.SystemScope(), tasks.Edit{TaskID: m.id}, "text")
		})
	if err != nil {
		t.Fatal(err)
	}
	m.addComment("text")
	m.events = append(m.events, fmt.Sprintf("TASK_COMMENTED %d", m.version))
}

// compare compares the rows and the events with the model.
func (s *testStore) compare(t *rapid.T) {
	ctx := context.Background()
	if err := checkWorkloads(ctx, s.pool, []uuid.UUID{s.store}, s.now.Add(-24*time.Hour), s.now.Add(24*time.Hour)); err != nil {
		t.Fatal(err)
	}
	for _, m := range s.tasks {
		rows, err := s.service.GetTasks(ctx, auth.SystemScope(), []uuid.UUID{m.id})
		if err != nil {
			t.Fatal(err)
		}
		row := rows[0]
		if row.Status != m.status || row.AssigneeID != m.assignee || row.Version != m.version {
			t.Fatalf("the row is %+v, the model %+v", row, m)
		}
		if finished := m.status == tasks.StatusCompleted || m.status == tasks.StatusVerified; finished != (row.CompletedAt != nil) {
			t.Fatalf("the task is %s and was completed at %v", row.Status, row.CompletedAt)
		}
		steps, err := s.service.ListSteps(ctx, auth.SystemScope(), []tasks.TaskKey{row.Key()})
		if err != nil {
			t.Fatal(err)
		}
		for i, step := range steps {
			if step.Done != m.steps[i].done || step.Done != step.DoneByID.Valid {
				t.Fatalf("step %d is %+v, the model's %+v", i, step, m.steps[i])
			}
		}
		counts, err := s.service.CountComments(ctx, auth.SystemScope(), []tasks.TaskKey{row.Key()})
		if err != nil || counts[row.Key()] != m.comments {
			t.Fatalf("%d comments (%v), the model has %d", counts[row.Key()], err, m.comments)
		}
		if events := s.listEvents(t, m.id); fmt.Sprint(events) != fmt.Sprint(m.events) {
			t.Fatalf("events %v\nmodel  %v", events, m.events)
		}
	}
}

// listEvents returns the types and versions of a task's events, in order.
func (s *testStore) listEvents(t *rapid.T, id uuid.UUID) []string {
	rows, err := s.pool.Query(context.Background(),
		"SELECT type || ' ' || (data -> 'task' ->> 'version') FROM events.event WHERE subject_id = $1 ORDER BY xid, seq", id)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var events []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			t.Fatal(err)
		}
		events = append(events, s)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return events
}
