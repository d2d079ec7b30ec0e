package importer

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"aisle/store"
)

// kind is what a file has rows of.
type kind struct {
	one, many string
	fields    func() []field
	lock      store.Lock // what those who change the same things wait for
}

// Report is what a run did. Rows is the sum of the counts after it, up to Rejected.
type Report struct {
	File      string
	Rows      int
	Created   int
	Updated   int
	Unchanged int // they are as they were, and were not touched
	Repeated  int // rows that say what an earlier row of the file says, or add a barcode to its product
	Rejected  int
	NotUTF8   int // of those rejected
	Empty     int // lines with nothing on them

	Regions     int            // that were new, and were created
	ByColumn    map[string]int // rejected rows by the column that was wrong; "" when the row as a whole was
	RejectsFile string         // empty when nothing was rejected
	DryRun      bool           // nothing was changed, the counts say what would have been
	Elapsed     time.Duration

	EarlierRejects string // where those of an earlier run are kept; empty when they are gone, or there were none

	kind kind
}

// with is the report with one row more.
func (r Report) with(change store.UpsertResult, repeats bool) Report {
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

// without is the report with rows more that were rejected.
func (r Report) without(rejects []reject) Report {
	r.ByColumn = maps.Clone(r.ByColumn)
	for _, one := range rejects {
		r.Rows++
		r.Rejected++
		r.ByColumn[one.problems[0].column]++
		if strings.Contains(one.problems[0].reason, notUTF8) {
			r.NotUTF8++
		}
	}
	return r
}

// String is the report as sentences, a line each.
func (r Report) String() string { return strings.Join(r.Lines(), "\n") }

// Lines are the report's sentences.
func (r Report) Lines() []string {
	var lines []string
	changed := r.Created+r.Updated > 0
	if !changed && r.Unchanged > 0 {
		lines = append(lines, fmt.Sprintf("Nothing changed: %s.", r.things(r.Unchanged, "is as it was", "are as they were")))
	}
	if changed {
		would := ""
		if r.DryRun {
			would = " would be"
		}
		lines = append(lines, fmt.Sprintf("%s: %s%s created, %s updated, %s unchanged.", r.things(r.Created+r.Updated+r.Unchanged, "", ""),
			number(r.Created), would, number(r.Updated), number(r.Unchanged)))
	}
	if r.Regions > 0 {
		lines = append(lines, count(r.Regions, "region was", "regions were")+" new.")
	}
	if r.Repeated > 0 {
		lines = append(lines, count(r.Repeated, "row says", "rows say")+" again what an earlier row of the file says.")
	}
	if r.Rejected > 0 {
		lines = append(lines, fmt.Sprintf("%s rejected (%s): lines and reasons are in %s. Correct them there, and import that file.",
			count(r.Rejected, "row was", "rows were"), r.columns(), r.RejectsFile))
	}
	if r.EarlierRejects != "" {
		lines = append(lines, "The rejects file of an earlier run was another, or was corrected: it is kept in "+r.EarlierRejects+".")
	}
	if r.NotUTF8 > 0 {
		lines = append(lines, count(r.NotUTF8, "row is", "rows are")+" not in UTF-8: if all of the file is in another encoding, "+
			"import it with --encoding, such as --encoding windows-1252.")
	}
	if r.Rows == 0 {
		lines = append(lines, "The file has no rows.")
	}
	lines = append(lines, fmt.Sprintf("Read %s of %s in %.1f s.", count(r.Rows, "row", "rows"), r.File, r.Elapsed.Seconds()))
	if r.DryRun {
		lines = append(lines, "This was a dry run: the database is as it was.")
	}
	return lines
}

func (r Report) things(n int, is, are string) string {
	return strings.TrimSpace(count(n, r.kind.one+" "+is, r.kind.many+" "+are))
}

// columns lists which columns were wrong how often.
func (r Report) columns() string {
	names := slices.SortedFunc(maps.Keys(r.ByColumn), func(a, b string) int {
		return cmp.Or(cmp.Compare(r.ByColumn[b], r.ByColumn[a]), cmp.Compare(a, b))
	})
	parts := make([]string, len(names))
	for i, n := range names {
		parts[i] = cmp.Or(n, "the whole row") + ": " + number(r.ByColumn[n])
	}
	return strings.Join(parts, ", ")
}

// count is a number with what it counts.
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return number(n) + " " + many
}

// number writes thousands apart, as in 4,657.
func number(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
