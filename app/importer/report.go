package importer

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"aisle/store"
)

// entityKind is the kind of entity in a file.
type entityKind struct {
	singular, plural string
	fields           func() []field
	lock             store.Lock // of commands that change the same entities
}

// Report counts the rows of an import. Rows is the sum of Created to Rejected.
type Report struct {
	File      string
	Rows      int
	Created   int
	Updated   int
	Unchanged int // rows that equal the database
	Repeated  int // rows that repeat an earlier row of the file, or add a barcode to its product
	Rejected  int
	NotUTF8   int // of the rejected rows
	Empty     int // empty lines

	Regions     int            // that were created
	ByColumn    map[string]int // rejected rows by column; "" if the whole row is invalid
	RejectsFile string         // empty if nothing was rejected
	DryRun      bool           // nothing was changed: the counts say what would have changed
	Elapsed     time.Duration

	EarlierRejects string // path of the rejects of an earlier run, if they were kept

	kind entityKind
}

// addRow returns the report with one more row.
func (r Report) addRow(change store.UpsertResult, repeats bool) Report {
	r.Rows++
	switch {
	case repeats:
		r.Repeated++
	case change == store.UpsertCreated:
		r.Created++
	case change == store.UpsertUpdated:
		r.Updated++
	default:
		r.Unchanged++
	}
	return r
}

// addRejects returns the report with more rejected rows.
func (r Report) addRejects(rejects []reject) Report {
	r.ByColumn = maps.Clone(r.ByColumn)
	for _, rej := range rejects {
		r.Rows++
		r.Rejected++
		r.ByColumn[rej.problems[0].column]++
		if strings.Contains(rej.problems[0].reason, notUTF8) {
			r.NotUTF8++
		}
	}
	return r
}

// String returns the report as lines of text.
func (r Report) String() string { return strings.Join(r.Lines(), "\n") }

// Lines returns the sentences of the report.
func (r Report) Lines() []string {
	var lines []string
	changed := r.Created+r.Updated > 0
	if !changed && r.Unchanged > 0 {
		lines = append(lines, fmt.Sprintf("Nothing changed: %s.", r.countEntities(r.Unchanged, "is up to date", "are up to date")))
	}
	if changed {
		would := ""
		if r.DryRun {
			would = " would be"
		}
		lines = append(lines, fmt.Sprintf("%s: %s%s created, %s updated, %s unchanged.", r.countEntities(r.Created+r.Updated+r.Unchanged, "", ""),
			formatNumber(r.Created), would, formatNumber(r.Updated), formatNumber(r.Unchanged)))
	}
	if r.Regions > 0 {
		lines = append(lines, countNoun(r.Regions, "region was", "regions were")+" created.")
	}
	if r.Repeated > 0 {
		lines = append(lines, countNoun(r.Repeated, "row repeats", "rows repeat")+" an earlier row of the file.")
	}
	if r.Rejected > 0 {
		lines = append(lines, fmt.Sprintf("%s rejected (%s). Correct them in %s, which has the reasons, and import that file.",
			countNoun(r.Rejected, "row was", "rows were"), r.rejectsByColumn(), r.RejectsFile))
	}
	if r.EarlierRejects != "" {
		lines = append(lines, "The rejects file of an earlier run had other rows: it was renamed to "+r.EarlierRejects+".")
	}
	if r.NotUTF8 > 0 {
		lines = append(lines, countNoun(r.NotUTF8, "row is", "rows are")+" not valid UTF-8. If the whole file has another encoding, "+
			"set --encoding, for example --encoding windows-1252.")
	}
	if r.Rows == 0 {
		lines = append(lines, "The file has no rows.")
	}
	lines = append(lines, fmt.Sprintf("Read %s of %s in %.1f s.", countNoun(r.Rows, "row", "rows"), r.File, r.Elapsed.Seconds()))
	if r.DryRun {
		lines = append(lines, "This was a dry run: the database was not changed.")
	}
	return lines
}

func (r Report) countEntities(n int, singularVerb, pluralVerb string) string {
	return strings.TrimSpace(countNoun(n, r.kind.singular+" "+singularVerb, r.kind.plural+" "+pluralVerb))
}

// rejectsByColumn lists the number of rejected rows of each column.
func (r Report) rejectsByColumn() string {
	names := slices.SortedFunc(maps.Keys(r.ByColumn), func(a, b string) int {
		return cmp.Or(cmp.Compare(r.ByColumn[b], r.ByColumn[a]), cmp.Compare(a, b))
	})
	parts := make([]string, len(names))
	for i, n := range names {
		parts[i] = cmp.Or(n, "whole row") + ": " + formatNumber(r.ByColumn[n])
	}
	return strings.Join(parts, ", ")
}
