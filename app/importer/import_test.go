package importer_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"aisle/app/importer"
)

func dirtyStores() importer.StoresOptions {
	return importer.StoresOptions{
		CodeFrom: []string{"Name", "Street", "ZIP"},
		Options:  importer.Options{Map: []string{"region=County"}, Set: []string{"timezone=America/New_York", "country=US"}},
	}
}

func TestDirtyProducts(t *testing.T) {
	t.Parallel()
	pool := database(t)
	report, rejects := products(t, pool, "testdata/dirty-products.csv", importer.ProductsOptions{})
	wantReport(t, report, importer.Report{Rows: 18, Created: 7, Repeated: 1, Rejected: 10, NotUTF8: 1, Empty: 2})
	wantFile(t, rejects, "dirty-products.rejects.golden")
	wantRows(t, pool, allProducts,
		`0036000291452 | Bread, "dark" | Mill | ["036000291452"] | 1`,
		`4006381333931 | Milk & Honey | Meadow | ["4006381333931"] | 1`,
		`4006381333962 | The "best" tea | - | ["4006381333962"] | 1`,
		`4006381333979 | 5" pizza | - | ["4006381333979"] | 1`,
		`4006381334020 | Two packs | "Duo" | ["96385104", "4006381334020"] | 1`,
		`4006381334037 | Квас | - | ["4006381334037"] | 1`,
		`96385074 | Cheese from the hills | - | ["96385074"] | 1`,
	)
}

func TestDirtyStores(t *testing.T) {
	t.Parallel()
	pool := database(t)
	report, rejects := stores(t, pool, "testdata/dirty-stores.csv", dirtyStores())
	wantReport(t, report, importer.Report{Rows: 10, Created: 3, Repeated: 1, Rejected: 6, Regions: 2})
	wantFile(t, rejects, "dirty-stores.rejects.golden")
	wantRows(t, pool, allStores,
		"KB4XACQN | Unknown place | 5 Main St | Baxley | 31513 | US | - | - | "+
			"America/New_York | SUPERMARKET | OPEN | ben-hill | Ben Hill | 1",
		"N0KZ0PVH | corner shop | 2 Main St. | Baxley | 31513 | US | 31.77 | -82.34 | "+
			"America/New_York | SUPERMARKET | OPEN | appling | Appling | 1",
		"NEVGVN58 | Main Street | 1 Main St | Baxley | 31513 | US | 31.76 | -82.35 | "+
			"America/New_York | SUPERMARKET | OPEN | appling | Appling | 1",
	)
}

func TestRepeatedImportChangesNothing(t *testing.T) {
	t.Parallel()
	pool := database(t)
	products(t, pool, "testdata/dirty-products.csv", importer.ProductsOptions{})
	stores(t, pool, "testdata/dirty-stores.csv", dirtyStores())
	before := rowVersions(t, pool)

	report, rejects := products(t, pool, "testdata/dirty-products.csv", importer.ProductsOptions{})
	wantReport(t, report, importer.Report{Rows: 18, Unchanged: 7, Repeated: 1, Rejected: 10, NotUTF8: 1, Empty: 2})
	wantFile(t, rejects, "dirty-products.rejects.golden")
	if line := report.Lines()[0]; line != "Nothing changed: 7 products are up to date." {
		t.Errorf("the report begins with %q", line)
	}
	report, _ = stores(t, pool, "testdata/dirty-stores.csv", dirtyStores())
	wantReport(t, report, importer.Report{Rows: 10, Unchanged: 3, Repeated: 1, Rejected: 6})

	if diff := cmp.Diff(before, rowVersions(t, pool)); diff != "" {
		t.Errorf("rows were touched (-before +after):\n%s", diff)
	}
}

func TestCorrectedRejectsCanBeImported(t *testing.T) {
	t.Parallel()
	pool := database(t)
	o := dirtyStores()
	_, rejects := stores(t, pool, "testdata/dirty-stores.csv", o)
	text, err := os.ReadFile(rejects)
	if err != nil {
		t.Fatal(err)
	}
	corrected := strings.NewReplacer(
		"-82.35;31.76", "31.76;-82.35", ";0;0;", ";;;", "north;west", "31.7;-82.3", "2 MAIN ST;", "9 Main St;",
	).Replace(string(text))

	report, _ := stores(t, pool, file(t, "corrected.csv", corrected), o)

	wantReport(t, report, importer.Report{Rows: 6, Created: 4, Rejected: 2})
}

func TestUncorrectedRejectsAreRejectedAgain(t *testing.T) {
	t.Parallel()
	pool := database(t)
	report, rejects := products(t, pool, "testdata/dirty-products.csv", importer.ProductsOptions{})
	after := rowVersions(t, pool)

	again, _ := products(t, pool, rejects, importer.ProductsOptions{})

	if again.Rows != report.Rejected || again.Rejected != again.Rows-1 || again.Updated != 1 { // singular was a double in its file only
		t.Errorf("of %d rejects, the report is %+v", report.Rejected, again)
	}
	if before := rowVersions(t, pool); len(before) != len(after) {
		t.Errorf("there are %d rows, want %d as before", len(before), len(after))
	}
}

func TestEncodings(t *testing.T) {
	t.Parallel()
	pool := database(t)
	for encoding, text := range map[string]string{
		"windows-1252": "ean;name\n4006381333931;Caf\xe9 \x80\n",
		"iso-8859-15":  "ean;name\n4006381333931;Caf\xe9 \xa4\n",
		"utf-8":        "ean;name\n4006381333931;Café €\n",
		"utf-16be": "\x00e\x00a\x00n\x00;\x00n\x00a\x00m\x00e\x00\n" +
			"\x004\x000\x000\x006\x003\x008\x001\x003\x003\x003\x009\x003\x001\x00;\x00C\x00a\x00f\x00\xe9\x00 \x20\xac",
	} {
		products(t, pool, file(t, "p.csv", text), importer.ProductsOptions{Options: importer.Options{Encoding: encoding}})
		wantRows(t, pool, allProducts, `4006381333931 | Café € | - | ["4006381333931"] | 1`)
	}
}

func TestProductFieldsWithoutColumnsAreKept(t *testing.T) {
	t.Parallel()
	pool := database(t)
	const head = "sku,name,barcode,brand\n"
	products(t, pool, file(t, "p.csv", head+"A1,Milk,4006381333931,Meadow\nA2,Bread,,Mill\n"), importer.ProductsOptions{})

	report, _ := products(t, pool, file(t, "p.csv", "sku,name,barcode\nA1,Fresh milk,96385074\nA2,Bread,\n"), importer.ProductsOptions{})

	wantReport(t, report, importer.Report{Rows: 2, Updated: 1, Unchanged: 1})
	wantRows(t, pool, allProducts, `A1 | Fresh milk | Meadow | ["96385074", "4006381333931"] | 2`, `A2 | Bread | Mill | [] | 1`)

	report, _ = products(t, pool, file(t, "p.csv", head+"A1,Fresh milk,,\n"), importer.ProductsOptions{})

	wantReport(t, report, importer.Report{Rows: 1, Updated: 1})
	wantRows(t, pool, allProducts, `A1 | Fresh milk | - | ["96385074", "4006381333931"] | 3`, `A2 | Bread | Mill | [] | 1`)
}

func TestStoreFieldsWithoutColumnsAreKept(t *testing.T) {
	t.Parallel()
	pool := database(t)
	first := "code,name,region,timezone,city,lat,lon,format,status\nA1,Main,South,UTC,Oslo,60,10,DISCOUNT,PLANNED\n"
	stores(t, pool, file(t, "s.csv", first), importer.StoresOptions{})

	report, _ := stores(t, pool, file(t, "s.csv", "code,name,region,timezone,status\nA1,Main,South,UTC,open\n"), importer.StoresOptions{})

	wantReport(t, report, importer.Report{Rows: 1, Updated: 1})
	wantRows(t, pool, allStores, "A1 | Main | - | Oslo | - | - | 60 | 10 | UTC | DISCOUNT | OPEN | south | South | 2")
}

func TestConflictingProductsAreRejected(t *testing.T) {
	t.Parallel()
	pool := database(t)
	products(t, pool, file(t, "p.csv", "sku,name,barcode\nA1,Milk,4006381333931\n"), importer.ProductsOptions{})

	report, rejects := products(t, pool, file(t, "p.csv", `sku,name,barcode,category
A2,Butter,4006381333931,
A3,Eggs,96385074,dairy
A4,Jam,036000291452,
A5,Jelly,036000291452,
A4,Marmalade,,
A4,Jam,4006381333948,
`), importer.ProductsOptions{})

	wantReport(t, report, importer.Report{Rows: 6, Created: 1, Repeated: 1, Rejected: 4})
	wantFile(t, rejects, "conflicts.rejects.golden")
	wantRows(t, pool, allProducts, `A1 | Milk | - | ["4006381333931"] | 1`, `A4 | Jam | - | ["036000291452", "4006381333948"] | 1`)
}

// catalog returns a file of n products, with an invalid row after every hundredth.
func catalog(n int) string {
	var b strings.Builder
	b.WriteString("sku,name\n")
	for i := range n {
		fmt.Fprintf(&b, "S%05d,Product %d\n", i, i)
		if i%100 == 7 {
			fmt.Fprintf(&b, "S%05d,---\n", i)
		}
	}
	return b.String()
}

func TestInterruptedImportIsCompletedByTheNext(t *testing.T) {
	t.Parallel()
	for _, batches := range []int{0, 1, 3} {
		t.Run(fmt.Sprintf("after %d batches", batches), func(t *testing.T) {
			t.Parallel()
			pool := database(t)
			name := file(t, "p.csv", catalog(2500))
			o := importer.ProductsOptions{Options: importer.Options{Rejects: filepath.Join(t.TempDir(), "r.csv")}}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			reported := 0
			o.Progress = func(p importer.Progress) {
				reported = p.Rows
				batches--
				if batches <= 0 {
					cancel()
				}
			}
			if batches == 0 {
				cancel()
			}

			report, err := importer.Products(ctx, pool, name, o)

			if !errors.Is(err, context.Canceled) || report.Rows != reported {
				t.Errorf("got the error %v, and %d rows of which %d were reported", err, report.Rows, reported)
			}
			if saved := len(rows(t, pool, "SELECT sku AS a FROM catalog.product")); saved != report.Created {
				t.Errorf("%d rows were reported as created, but %d exist", report.Created, saved)
			}
			if lines := linesOf(t, o.Rejects); lines != report.Rejected {
				t.Errorf("%d rows were reported as rejected, but %d are in the file", report.Rejected, lines)
			}
			o.Progress = nil
			again, err := importer.Products(t.Context(), pool, name, o)
			if err != nil {
				t.Fatal(err)
			}
			wantReport(t, again, importer.Report{Rows: 2525, Created: 2500 - report.Created, Unchanged: report.Created, Rejected: 25})
		})
	}
}

func TestConcurrentImports(t *testing.T) {
	t.Parallel()
	pool := database(t)
	lines := strings.Split(strings.TrimSpace(catalog(1200)), "\n")
	backwards := []string{lines[0]}
	for i := len(lines) - 1; i > 0; i-- {
		backwards = append(backwards, lines[i])
	}
	var group sync.WaitGroup
	reports := make([]importer.Report, 4)
	errs := make([]error, len(reports))
	for i := range reports {
		text := lines
		if i%2 == 1 {
			text = backwards
		}
		name, o := file(t, "p.csv", strings.Join(text, "\n")), importer.ProductsOptions{}
		o.Rejects = filepath.Join(t.TempDir(), "r.csv")
		group.Go(func() { reports[i], errs[i] = importer.Products(t.Context(), pool, name, o) })
	}
	group.Wait()

	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	created := 0
	for _, r := range reports {
		created += r.Created
	}
	if created != 1200 {
		t.Errorf("%d products were created, want 1200", created)
	}
	if changed := rows(t, pool, "SELECT sku AS a FROM catalog.product WHERE version > 1"); len(changed) > 0 {
		t.Errorf("products were changed: %v", changed)
	}
}

func TestDryRun(t *testing.T) {
	t.Parallel()
	pool := database(t)
	o := dirtyStores()
	o.DryRun = true

	report, rejects := stores(t, pool, "testdata/dirty-stores.csv", o)

	wantReport(t, report, importer.Report{Rows: 10, Created: 3, Repeated: 1, Rejected: 6, Regions: 2, DryRun: true})
	wantFile(t, rejects, "dirty-stores.rejects.golden")
	wantRows(t, pool, "SELECT code AS a FROM stores.region")
}

func TestUnreadableFilesAreRejected(t *testing.T) {
	t.Parallel()
	pool := database(t)
	folder := t.TempDir()
	taken := file(t, "p.csv", "sku,name\nA1,Milk\n")
	ours := file(t, "r.csv", "")
	if err := os.WriteFile(ours+".old", []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct{ file, rejects, want string }{
		"absent":                   {filepath.Join(folder, "no.csv"), "", "no such file"},
		"folder":                   {folder, "", "is a directory, not a CSV file"},
		"empty":                    {file(t, "e.csv", ""), "", "the file is empty: its first line must name the columns"},
		"no such column":           {file(t, "c.csv", "a,b\n1,2\n"), "", "no column for the name: use --map name=COLUMN. The columns are"},
		"rejects in no folder":     {taken, filepath.Join(folder, "none", "r.csv"), "rejects file: stat " + filepath.Join(folder, "none") + ": no such file"},
		"rejects over the file":    {taken, taken, "is the imported file: choose another name with --rejects"},
		"rejects over another one": {taken, file(t, "other.csv", "precious"), "is not a rejects file: choose another name with --rejects"},
		"old ones over another":    {taken, ours, "r.csv.old exists and is not a rejects file"},
		"rejects over a folder":    {taken, folder, "is a directory: give the name of a file"},
	} {
		o := importer.ProductsOptions{Options: importer.Options{Rejects: test.rejects}}
		if _, err := importer.Products(t.Context(), pool, test.file, o); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got the error %v, want %s", name, err, test.want)
		}
	}
	wantRows(t, pool, "SELECT sku AS a FROM catalog.product")
}

// A user corrects rejects, but then runs the first command again.
func TestCorrectedRejectsAreNotLost(t *testing.T) {
	t.Parallel()
	pool := database(t)
	o := importer.ProductsOptions{Options: importer.Options{Rejects: filepath.Join(t.TempDir(), "r.csv")}}
	input := file(t, "p.csv", "sku,name\nA1,---\nA2,---\n")
	products(t, pool, input, o)
	first, err := os.ReadFile(o.Rejects)
	if err != nil {
		t.Fatal(err)
	}
	if again, _ := products(t, pool, input, o); again.EarlierRejects != "" {
		t.Errorf("unchanged rejects are kept in %q", again.EarlierRejects)
	}
	corrected := strings.ReplaceAll(string(first), "A1,---", "A1,Milk")
	if err := os.WriteFile(o.Rejects, []byte(corrected), 0o600); err != nil {
		t.Fatal(err)
	}

	report, _ := products(t, pool, input, o)
	later, _ := products(t, pool, input, o)

	if report.EarlierRejects != o.Rejects+".old" || !strings.Contains(report.String(), "r.csv.old") {
		t.Errorf("it is not reported: %v", report)
	}
	if kept, err := os.ReadFile(o.Rejects + ".old"); err != nil || string(kept) != corrected {
		t.Errorf("the kept file is %q (%v), want %q", kept, err, corrected)
	}
	if now, err := os.ReadFile(o.Rejects); err != nil || !bytes.Equal(now, first) || later.EarlierRejects != "" {
		t.Errorf("rejects are %q (%v), want %q", now, err, first)
	}
	rest, _ := products(t, pool, o.Rejects+".old", importer.ProductsOptions{})
	if rest.Created != 1 || rest.Rejected != 1 {
		t.Errorf("of the corrected rejects, the report is %+v", rest)
	}
}

func TestRejectsOfAnEarlierRunAreRemoved(t *testing.T) {
	t.Parallel()
	pool := database(t)
	o := importer.ProductsOptions{Options: importer.Options{Rejects: filepath.Join(t.TempDir(), "r.csv")}}
	products(t, pool, file(t, "p.csv", "sku,name\nA1,---\n"), o)
	if linesOf(t, o.Rejects) != 1 {
		t.Fatal("there is no rejects file")
	}

	report, _ := products(t, pool, file(t, "p.csv", "sku,name\nA1,Milk\n"), o)

	if _, err := os.Stat(o.Rejects); !errors.Is(err, os.ErrNotExist) || report.RejectsFile != "" {
		t.Errorf("the rejects file is still there: %v, %q", err, report.RejectsFile)
	}
}
