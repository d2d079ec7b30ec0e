package resolvers_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"aisle/auth"
	"aisle/store"
)

// recordFeedback records feedback in bulk as a viewer.
func (a *api) recordFeedback(t *testing.T, v auth.Viewer, rows ...any) response {
	t.Helper()
	const shown = "recordedCount unchangedCount rejected { index code field }"
	return a.mutate(t, v, mutation("recordFeedback", shown), vars{"feedback": rows})
}

func TestRecordFeedbackAppliesValidRowsAndRejectsOthers(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	row := func(code string, score int, more vars) vars {
		v := vars{"storeCode": code, "score": score}
		maps.Copy(v, more)
		return v
	}
	rows := []any{
		row("N1", 9, vars{"externalId": "a", "comment": " Friendly. "}),
		row("N2", 3, vars{"externalId": "b", "submittedAt": "2026-03-01T10:00:00Z"}),
		row("N1", 9, nil),
		row("N1", 9, nil),
		row("N1", 11, nil),
		row("X9", 1, nil),
		row("N1", 1, vars{"externalId": "a"}),
		row("N1", 1, vars{"externalId": " "}),
		row("N1", 1, vars{"submittedAt": "2036-01-01T00:00:00Z"}),
	}

	got, again := a.recordFeedback(t, a.as("admin"), rows...), a.recordFeedback(t, a.as("admin"), rows[:3]...)

	want := []string{
		"4 INVALID score", "5 NOT_FOUND storeCode", "6 TAKEN externalId", "7 REQUIRED externalId", "8 INVALID submittedAt",
	}
	if diff := cmp.Diff(want, got.rejectedFields()); diff != "" || got.at("recordedCount") != 4.0 || got.at("unchangedCount") != 0.0 {
		t.Errorf("%s rejected (-want +got):\n%s", got.JSON, diff)
	}
	if again.at("recordedCount") != 1.0 || again.at("unchangedCount") != 2.0 || a.countEvents(t, "FEEDBACK_RECEIVED") != 5 {
		t.Errorf("again %s, %d events", again.JSON, a.countEvents(t, "FEEDBACK_RECEIVED"))
	}
	changed := a.recordFeedback(
		t, a.as("admin"),
		row("N1", 8, vars{"externalId": "a"}),
		row("N1", 3, vars{"externalId": "b"}),
		row("N2", 3, vars{"externalId": "b", "submittedAt": "2026-03-01T10:00:01Z"}),
	)
	if diff := cmp.Diff([]string{"0 TAKEN externalId", "1 TAKEN externalId", "2 TAKEN externalId"}, changed.rejectedFields()); diff != "" {
		t.Errorf("other content (-want +got):\n%s", diff)
	}
	for _, list := range [][]any{{}, slices.Repeat([]any{row("N1", 1, nil)}, 1001)} {
		want := map[bool]string{true: "REQUIRED", false: "TOO_MANY"}[len(list) == 0]
		if got := a.recordFeedback(t, a.as("admin"), list...); got.code() != want || got.at("userErrors.0.field.0") != "feedback" {
			t.Errorf("%d rows: %s", len(list), got.JSON)
		}
	}
}

func TestRecordFeedbackCostsTheSameForOneAndAThousand(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	record := func(n int) response {
		rows := make([]any, n)
		for i := range rows {
			rows[i] = vars{"storeCode": []string{"N1", "N2", "S1"}[i%3], "score": i % 11, "externalId": uuid.NewString()}
		}
		return a.recordFeedback(t, a.as("admin"), rows...)
	}
	few, many := record(3), record(1000)
	if many.at("recordedCount") != 1000.0 || many.Statements != few.Statements || a.countEvents(t, "FEEDBACK_RECEIVED") != 1003 {
		t.Errorf("%s with %d statements, %d for few", many.JSON, many.Statements, few.Statements)
	}
}

func TestAnExternalIDOfFeedbackIsUsedOncePerSender(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	submit := func(v auth.Viewer, score int) response {
		const shown = "feedback { id externalId score createdAt }"
		return a.mutate(t, v, mutation("submitFeedback", shown), vars{"storeCode": "N1", "score": score, "externalId": " r-1 "})
	}
	other := a.as("admin")
	other.EmployeeID = a.employee["region.n"]

	first := submit(a.as("admin"), 9)
	a.clock.advance(store.IdempotencyKeyTTL + time.Hour)
	again, changed, others := submit(a.as("admin"), 9), submit(a.as("admin"), 8), submit(other, 8)

	if first.at("feedback.externalId") != "r-1" || first.at("feedback.createdAt") != "2026-03-02T17:00:00.000Z" {
		t.Errorf("first %s", first.JSON)
	}
	if again.at("feedback.id") != first.at("feedback.id") || again.at("feedback.createdAt") != first.at("feedback.createdAt") {
		t.Errorf("again %s, first %s", again.JSON, first.JSON)
	}
	if changed.code() != "TAKEN" || changed.at("userErrors.0.field.0") != "externalId" || changed.at("feedback") != nil {
		t.Errorf("other content: %s", changed.JSON)
	}
	if others.at("feedback.score") != 8.0 || a.countEvents(t, "FEEDBACK_RECEIVED") != 2 {
		t.Errorf("another sender's: %s, %d events", others.JSON, a.countEvents(t, "FEEDBACK_RECEIVED"))
	}
}
