package importer

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestReports(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		report Report
		want   []string
	}{
		"everything": {
			Report{
				Rows: 4660, Created: 4600, Updated: 50, Unchanged: 6, Repeated: 1, Rejected: 3, NotUTF8: 2, Regions: 159,
				ByColumn: map[string]int{"": 1, "Zip": 2}, RejectsFile: "s.rejects.csv",
			},
			[]string{
				"4,656 stores: 4,600 created, 50 updated, 6 unchanged.",
				"159 regions were created.",
				"1 row repeats an earlier row of the file.",
				"3 rows were rejected (Zip: 2, whole row: 1). Correct them in s.rejects.csv, which has the reasons, and import that file.",
				"2 rows are not valid UTF-8. If the whole file has another encoding, set --encoding, for example --encoding windows-1252.",
				"Read 4,660 rows of s.csv in 1.5 s.",
			},
		},
		"nothing changed": {
			Report{Rows: 4650, Unchanged: 4650},
			[]string{"Nothing changed: 4,650 stores are up to date.", "Read 4,650 rows of s.csv in 1.5 s."},
		},
		"one unchanged row": {
			Report{Rows: 1, Unchanged: 1}, []string{"Nothing changed: 1 store is up to date.", "Read 1 row of s.csv in 1.5 s."},
		},
		"dry run": {
			Report{Rows: 1, Created: 1, DryRun: true},
			[]string{
				"1 store: 1 would be created, 0 updated, 0 unchanged.", "Read 1 row of s.csv in 1.5 s.",
				"This was a dry run: the database was not changed.",
			},
		},
		"no rows": {Report{}, []string{"The file has no rows.", "Read 0 rows of s.csv in 1.5 s."}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.report.File, test.report.Elapsed, test.report.kind = "s.csv", 1500*time.Millisecond, entityKind{singular: "store", plural: "stores"}
			if diff := cmp.Diff(strings.Join(test.want, "\n"), test.report.String()); diff != "" {
				t.Errorf("report (-want +got):\n%s", diff)
			}
		})
	}
}
