package store

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
	"time"
)

func TestReadsNoteModulesOnceAndTheFirstInstant(t *testing.T) {
	t.Parallel()
	ctx, reads := WithReads(t.Context())
	noon := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

	for _, module := range []string{"tasks", "staff", "tasks"} {
		ReadsOf(ctx).From(module)
	}
	for _, at := range []time.Time{noon.Add(time.Hour), noon, {}, noon.Add(time.Minute)} {
		ReadsOf(ctx).Until(at)
	}

	modules, until := reads.Noted()
	if !slices.Equal(modules, []string{"staff", "tasks"}) || !until.Equal(noon) {
		t.Errorf("got %v until %v", modules, until)
	}
}

func TestNothingIsNotedWhereNobodyAsked(t *testing.T) {
	t.Parallel()
	ReadsOf(t.Context()).From("tasks")
	ReadsOf(t.Context()).Until(time.Now())
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
