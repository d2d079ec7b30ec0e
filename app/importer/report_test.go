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
		"all that there is": {
			Report{
				Rows: 4660, Created: 4600, Updated: 50, Unchanged: 6, Repeated: 1, Rejected: 3, NotUTF8: 2, Regions: 159,
				ByColumn: map[string]int{"": 1, "Zip": 2}, RejectsFile: "s.rejects.csv",
			},
			[]string{
				"4,656 stores: 4,600 created, 50 updated, 6 unchanged.",
				"159 regions were new.",
				"1 row says again what an earlier row of the file says.",
				"3 rows were rejected (Zip: 2, the whole row: 1): lines and reasons are in s.rejects.csv. Correct them there, and import that file.",
				"2 rows are not in UTF-8: if all of the file is in another encoding, import it with --encoding, such as --encoding windows-1252.",
				"Read 4,660 rows of s.csv in 1.5 s.",
			},
		},
		"nothing changed": {
			Report{Rows: 4650, Unchanged: 4650},
			[]string{"Nothing changed: 4,650 stores are as they were.", "Read 4,650 rows of s.csv in 1.5 s."},
		},
		"nothing changed of one": {
			Report{Rows: 1, Unchanged: 1}, []string{"Nothing changed: 1 store is as it was.", "Read 1 row of s.csv in 1.5 s."},
		},
		"dry run": {
			Report{Rows: 1, Created: 1, DryRun: true},
			[]string{
				"1 store: 1 would be created, 0 updated, 0 unchanged.", "Read 1 row of s.csv in 1.5 s.",
				"This was a dry run: the database is as it was.",
			},
		},
		"no rows": {Report{}, []string{"The file has no rows.", "Read 0 rows of s.csv in 1.5 s."}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.report.File, test.report.Elapsed, test.report.kind = "s.csv", 1500*time.Millisecond, kind{one: "store", many: "stores"}
			if diff := cmp.Diff(strings.Join(test.want, "\n"), test.report.String()); diff != "" {
				t.Errorf("report (-want +got):\n%s", diff)
			}
		})
	}
}
