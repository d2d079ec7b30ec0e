package store_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"aisle/store/migrations"
)

// The modules of the database: each has a PostgreSQL schema of its name.
var modules = []string{
	"stores", "staff", "catalog", "inventory", "tasks", "feedback", "kpis", "partners", "operations", "access", "events", "fleet",
}

var (
	table = regexp.MustCompile(`\b(?:FROM|JOIN|INTO|UPDATE|REFERENCES|ON)\s+([a-z_]+)\.[a-z_]+`)
	query = regexp.MustCompile(`(?s)-- name: (\w+) :(\w+)\n(.*?);`)
)

// storeOwned are the tables whose rows belong to a store, as the migrations say.
func storeOwned(t *testing.T) []string {
	t.Helper()
	var owned []string
	create := regexp.MustCompile(`(?s)CREATE TABLE (\w+\.\w+) \((.*?)\n\);`)
	for _, sql := range migrationTexts(t) {
		for _, m := range create.FindAllStringSubmatch(sql, -1) {
			if regexp.MustCompile(`\n\s+store_id\s+uuid`).MatchString(m[2]) {
				owned = append(owned, m[1])
			}
		}
	}
	return owned
}

func migrationTexts(t *testing.T) map[string]string {
	t.Helper()
	files := map[string]string{}
	names, err := fs.Glob(migrations.FS, "*.sql")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		text, err := fs.ReadFile(migrations.FS, name)
		if err != nil {
			t.Fatal(err)
		}
		files[name] = string(text)
	}
	return files
}

func TestQueriesReadOnlyTheirModule(t *testing.T) {
	t.Parallel()
	for _, module := range modules {
		text, err := os.ReadFile(filepath.Join(module, "queries.sql"))
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range table.FindAllStringSubmatch(string(text), -1) {
			if m[1] != module && slices.Contains(modules, m[1]) {
				t.Errorf("%s/queries.sql reads the module %s: %s", module, m[1], m[0])
			}
		}
	}
}

// DependencyRecorder and replica.Router know the module of a statement by its tag. An untagged response is not cached.
func TestEveryModuleTagsItsStatements(t *testing.T) {
	t.Parallel()
	services := 0
	for _, module := range modules {
		files, err := filepath.Glob(filepath.Join(module, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			_, constructor, ok := strings.Cut(string(text), "func NewService(db store.DB) *Service {")
			if !ok {
				continue
			}
			services++
			constructor, _, _ = strings.Cut(constructor, "\n}\n")
			if !strings.Contains(constructor, `store.WithModule(db, "`+module+`")`) {
				t.Errorf("%s: NewService does not call store.WithModule(db, %q)", file, module)
			}
		}
	}
	if services != len(modules)-1 { // events has a Log instead
		t.Errorf("%d of %d modules have a NewService", services, len(modules))
	}
}

func TestForeignKeysReferOnlyToTheirModule(t *testing.T) {
	t.Parallel()
	references := regexp.MustCompile(`REFERENCES (\w+)\.`)
	for name, sql := range migrationTexts(t) {
		module := strings.TrimSuffix(name[5:], ".sql")
		for _, m := range references.FindAllStringSubmatch(sql, -1) {
			if m[1] != module {
				t.Errorf("%s refers to the module %s", name, m[1])
			}
		}
	}
}

// Rows that a store owns are read with a scope, in the statement itself.
func TestQueriesOfStoreRowsHaveAScope(t *testing.T) {
	t.Parallel()
	exempt := map[string]string{
		"findEmployeeByLogin":       "a viewer who signs in has no scope yet",
		"LoginExists":               "the demo chain calls it before there is a viewer",
		"listStoreIDsByRegion":      "a region manager's scope is made from it",
		"listStoreIDsByRegions":     "the same, for a cache",
		"listRecentEvents":          "it invalidates a node's caches, and is shown to no viewer",
		"countOpenStores":           "CloseRegion requires the scope of the whole chain",
		"getBounds":                 "it says whether the log has a position, and nothing of the event",
		"getLastPosition":           "it returns a position, and no event",
		"getPositionAfter":          "the same",
		"countUnsettled":            "it counts events for operators",
		"listTail":                  "the tailer reads all events, and subscriptions filter them",
		"upsertPrices":              "SetPrices checks the store of each row",
		"deletePrices":              "the same, of WithdrawPrices",
		"updateStocks":              "Record has read the stocks with the scope, under the lock",
		"lockStores":                "Upsert requires the scope of the whole chain",
		"insertStores":              "the same",
		"updateStores":              "the same",
		"listMovementsByExternalID": "an actor reads its own movements: an external id is used for good",
		"listFeedbackByExternalID":  "the same, of feedback",
		"insertFeedback":            "the callers check the store of each row",
		"listStockedProductIDs":     "the unit of a product may change only when no store has a stock of it",
	}
	for _, name := range []string{
		"getStores", "getTasks", "listCompletionsByStore", "listFeedbackByStore", "upsertStores", "upsertTasks", "insertFeedback",
		"updateCompletionDays", "updateFeedbackDays", "listKnownDays", "recountDays", "deleteEmptyDays", "updateLastActivity",
		"computeRegionMetrics", "countUnfinishedTasks", "deleteExpiredTasks", "deleteExpiredFeedback", "raiseTotals",
	} {
		exempt["kpis."+name] = "the projector writes the rows of all stores; viewers read days with a scope"
	}
	owned := append(storeOwned(t), "stores.store")
	seen := 0
	for _, module := range modules {
		text, err := os.ReadFile(filepath.Join(module, "queries.sql"))
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range query.FindAllStringSubmatch(string(text), -1) {
			name, sql := m[1], m[3]
			reads := slices.ContainsFunc(owned, func(t string) bool { return strings.Contains(sql, t+" ") || strings.Contains(sql, t+"\n") })
			if !reads || !strings.Contains(sql, "SELECT") || exempt[name]+exempt[module+"."+name] != "" {
				continue
			}
			seen++
			if !strings.Contains(sql, "@scope_all") {
				t.Errorf("%s/queries.sql: %s reads a store's rows without a scope", module, name)
			}
		}
	}
	if seen < 20 {
		t.Errorf("only %d queries were looked at: this test does not see what it should", seen)
	}
}
