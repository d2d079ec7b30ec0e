package pgstats

import (
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"

	"aisle/store/migrations"
)

// Comments in the migrations mark the columns that refer to another module.
func TestReferencesMatchTheMigrations(t *testing.T) {
	t.Parallel()
	create := regexp.MustCompile(`(?s)(?:CREATE|ALTER) TABLE (\w+\.\w+)(.*?);(?: --[^\n]*)?\n`)
	column := regexp.MustCompile(`(\w+)\s+uuid[^\n]*-- [^\n]*\b(store|stores|region|employee|product) of the module`)
	files, err := fs.Glob(migrations.FS, "*.sql")
	if err != nil {
		t.Fatal(err)
	}
	var want, got []string
	for _, file := range files {
		text, err := fs.ReadFile(migrations.FS, file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range create.FindAllStringSubmatch(string(text), -1) {
			for _, c := range column.FindAllStringSubmatch(m[2], -1) {
				if c[1] != "id" { // a revocation is of one of two kinds
					want = append(want, m[1]+"."+c[1]+" of "+strings.TrimSuffix(c[2], "s"))
				}
			}
		}
	}
	for _, r := range References() {
		_, owner, _ := strings.Cut(r.Owners[0], ".")
		got = append(got, r.Table+"."+r.Column+" of "+owner)
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(want, got) {
		t.Errorf("the migrations have %v,\nReferences returns %v", want, got)
	}
}
