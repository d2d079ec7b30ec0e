package postgres

import (
	"fmt"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"

	"aisle/store/migrations"
)

var (
	createIndex    = regexp.MustCompile(`CREATE (?:UNIQUE )?INDEX (\w+)\s+ON (\w+)\.`)
	createTable    = regexp.MustCompile(`(?:CREATE|ALTER) TABLE (\w+)\.(\w+)`)
	addConstraint  = regexp.MustCompile(`CONSTRAINT (\w+)\s+(?:UNIQUE|PRIMARY KEY)`)
	dropIndex      = regexp.MustCompile(`DROP INDEX (?:IF EXISTS )?(\w+\.\w+)`)
	dropConstraint = regexp.MustCompile(`DROP CONSTRAINT (?:IF EXISTS )?(\w+)`)
	statementEnd   = regexp.MustCompile(`;\s*\n`)
)

// MigrationIndexes returns the names, with their schemas, of the indexes that exist after all migrations. It finds those
// that the migrations create by name.
func MigrationIndexes() ([]string, error) {
	files, err := fs.Glob(migrations.FS, "*.sql")
	if err != nil {
		return nil, fmt.Errorf("list the migrations: %w", err)
	}
	indexes := map[string]struct{}{}
	for _, file := range files {
		text, err := fs.ReadFile(migrations.FS, file)
		if err != nil {
			return nil, fmt.Errorf("read the migration %s: %w", file, err)
		}
		up, _, _ := strings.Cut(string(text), "-- +goose Down")
		for _, statement := range statementEnd.Split(up, -1) {
			applyToIndexes(indexes, statement)
		}
	}
	return slices.Sorted(maps.Keys(indexes)), nil
}

// applyToIndexes changes the set of indexes as a statement does.
func applyToIndexes(indexes map[string]struct{}, statement string) {
	if m := createIndex.FindStringSubmatch(statement); m != nil {
		indexes[m[2]+"."+m[1]] = struct{}{}
	}
	if m := dropIndex.FindStringSubmatch(statement); m != nil {
		delete(indexes, m[1])
	}
	m := createTable.FindStringSubmatch(statement)
	if m == nil {
		return
	}
	for _, constraint := range dropConstraint.FindAllStringSubmatch(statement, -1) {
		delete(indexes, m[1]+"."+constraint[1])
	}
	for _, constraint := range addConstraint.FindAllStringSubmatch(statement, -1) {
		indexes[m[1]+"."+constraint[1]] = struct{}{}
	}
}
