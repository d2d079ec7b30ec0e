package store

import (
	"fmt"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"
)

var (
	madeIndex     = regexp.MustCompile(`CREATE (?:UNIQUE )?INDEX (\w+)\s+ON (\w+)\.`)
	madeTable     = regexp.MustCompile(`(?:CREATE|ALTER) TABLE (\w+)\.(\w+)`)
	madeRule      = regexp.MustCompile(`CONSTRAINT (\w+)\s+(?:UNIQUE|PRIMARY KEY)`)
	droppedIndex  = regexp.MustCompile(`DROP INDEX (?:IF EXISTS )?(\w+\.\w+)`)
	droppedRule   = regexp.MustCompile(`DROP CONSTRAINT (?:IF EXISTS )?(\w+)`)
	statementsEnd = regexp.MustCompile(`;\s*\n`)
)

// MigrationIndexes are the names of the indexes that the migrations make by name, with their schemas.
func MigrationIndexes() ([]string, error) {
	files, err := fs.Glob(Migrations(), "*.sql")
	if err != nil {
		return nil, fmt.Errorf("list the migrations: %w", err)
	}
	made := map[string]struct{}{}
	for _, file := range files {
		text, err := fs.ReadFile(Migrations(), file)
		if err != nil {
			return nil, fmt.Errorf("read the migration %s: %w", file, err)
		}
		up, _, _ := strings.Cut(string(text), "-- +goose Down")
		for _, statement := range statementsEnd.Split(up, -1) {
			remake(made, statement)
		}
	}
	return slices.Sorted(maps.Keys(made)), nil
}

// remake changes the set of indexes as a statement does.
func remake(made map[string]struct{}, statement string) {
	if m := madeIndex.FindStringSubmatch(statement); m != nil {
		made[m[2]+"."+m[1]] = struct{}{}
	}
	if m := droppedIndex.FindStringSubmatch(statement); m != nil {
		delete(made, m[1])
	}
	m := madeTable.FindStringSubmatch(statement)
	if m == nil {
		return
	}
	for _, rule := range droppedRule.FindAllStringSubmatch(statement, -1) {
		delete(made, m[1]+"."+rule[1])
	}
	for _, rule := range madeRule.FindAllStringSubmatch(statement, -1) {
		made[m[1]+"."+rule[1]] = struct{}{}
	}
}
