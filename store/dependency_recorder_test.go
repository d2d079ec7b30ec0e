package store

import (
	"slices"
	"testing"
	"time"
)

func TestDependencyRecorderHasEachModuleOnceAndTheEarliestExpiry(t *testing.T) {
	t.Parallel()
	ctx, recorder := WithDependencyRecorder(t.Context())
	noon := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

	for _, module := range []string{"tasks", "staff", "tasks"} {
		DependencyRecorderFrom(ctx).AddModule(module)
	}
	for _, at := range []time.Time{noon.Add(time.Hour), noon, {}, noon.Add(time.Minute)} {
		DependencyRecorderFrom(ctx).AddExpiry(at)
	}

	modules, expiresAt := recorder.Snapshot()
	if !slices.Equal(modules, []string{"staff", "tasks"}) || !expiresAt.Equal(noon) {
		t.Errorf("got %v expiresAt %v", modules, expiresAt)
	}
}

func TestDependencyRecordersCanBeMerged(t *testing.T) {
	t.Parallel()
	_, all := WithDependencyRecorder(t.Context())
	_, some := WithDependencyRecorder(t.Context())
	at := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	all.AddModule("staff")
	some.AddModule("tasks")
	some.AddExpiry(at)

	all.Merge(some)

	if modules, expiresAt := all.Snapshot(); !slices.Equal(modules, []string{"staff", "tasks"}) || !expiresAt.Equal(at) {
		t.Errorf("got %v expiresAt %v", modules, expiresAt)
	}
}

func TestNothingIsRecordedWithoutARecorder(t *testing.T) {
	t.Parallel()
	DependencyRecorderFrom(t.Context()).AddModule("tasks")
	DependencyRecorderFrom(t.Context()).AddExpiry(time.Now())
}
