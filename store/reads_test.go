package store

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

func TestReadsNoteModulesOnceAndTheFirstInstant(t *testing.T) {
	t.Parallel()
	ctx, reads := WithDependencyRecorder(t.Context())
	noon := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

	for _, module := range []string{"tasks", "staff", "tasks"} {
		DependencyRecorderFrom(ctx).AddModule(module)
	}
	for _, at := range []time.Time{noon.Add(time.Hour), noon, {}, noon.Add(time.Minute)} {
		DependencyRecorderFrom(ctx).AddExpiry(at)
	}

	modules, until := reads.Snapshot()
	if !slices.Equal(modules, []string{"staff", "tasks"}) || !until.Equal(noon) {
		t.Errorf("got %v until %v", modules, until)
	}
}

func TestStatementsNoteTheirModulesAloneAndTogether(t *testing.T) {
	t.Parallel()
	tracer := statementTracer{time.Now, &modulesOf{}, func() {}}
	ctx, reads := WithDependencyRecorder(t.Context())
	batch := &pgx.Batch{}
	batch.Queue(planEach)
	batch.Queue("SELECT id FROM tasks.task WHERE status = ANY ($1)", nil)

	tracer.TraceQueryStart(ctx, nil, pgx.TraceQueryStartData{SQL: "SELECT id FROM stores.store"})
	tracer.TraceBatchStart(ctx, nil, pgx.TraceBatchStartData{Batch: batch})

	if modules, _ := reads.Snapshot(); !slices.Equal(modules, []string{"stores", "tasks"}) {
		t.Errorf("got %v", modules)
	}
}

func TestNotesCanBeAddedToOthers(t *testing.T) {
	t.Parallel()
	_, all := WithDependencyRecorder(t.Context())
	_, some := WithDependencyRecorder(t.Context())
	at := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	all.AddModule("staff")
	some.AddModule("tasks")
	some.AddExpiry(at)

	all.Merge(some)

	if modules, until := all.Snapshot(); !slices.Equal(modules, []string{"staff", "tasks"}) || !until.Equal(at) {
		t.Errorf("got %v until %v", modules, until)
	}
}

func TestNothingIsNotedWhereNobodyAsked(t *testing.T) {
	t.Parallel()
	DependencyRecorderFrom(t.Context()).AddModule("tasks")
	DependencyRecorderFrom(t.Context()).AddExpiry(time.Now())
}

// A statement whose module is not found would leave its answer out of all caches.
func TestEachStatementTellsItsModule(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*/queries.sql")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	query := regexp.MustCompile(`(?s)-- name: (\w+) :(\w+)\n(.*?);`)
	modules := &modulesOf{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range query.FindAllStringSubmatch(string(text), -1) {
			switch m[1] {
			case "makePartitions", "days", "revocationMark", "lockSigningKeys", "Clear", "forgetFacts": // they answer nobody
				continue
			}
			if got := modules.module(m[3]); got != filepath.Dir(file) {
				t.Errorf("%s: %s is taken for one of %q", file, m[1], got)
			}
		}
	}
}
