package importer_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"aisle/app/importer"
)

// realFile returns the path of a file that is not part of the repository.
func realFile(t *testing.T, name string) string {
	t.Helper()
	folder := os.Getenv("AISLE_REAL_DATA")
	if folder == "" {
		t.Skip("AISLE_REAL_DATA is not set: it names the directory of the real stores.csv and products.csv")
	}
	return filepath.Join(folder, name)
}

// wantBothRuns checks that the first run imports all valid rows in time, and that the second one changes nothing.
func wantBothRuns(t *testing.T, run func() importer.Report) {
	t.Helper()
	first := run()
	t.Log("\n" + first.String())
	if first.Created == 0 || first.Updated+first.Unchanged > 0 || first.Rows != first.Created+first.Repeated+first.Rejected {
		t.Errorf("the first run is %+v", first)
	}
	if first.Elapsed > 5*time.Second {
		t.Errorf("it took %v", first.Elapsed)
	}
	second := run()
	if second.Created+second.Updated > 0 || second.Unchanged != first.Created || second.Rejected != first.Rejected {
		t.Errorf("the second run is %+v", second)
	}
}

func TestRealStores(t *testing.T) {
	t.Parallel()
	name, pool := realFile(t, "stores.csv"), database(t)
	o := importer.StoresOptions{
		CodeFrom: []string{"Store_Name", "Address", "City", "Zip5"},
		Options:  importer.Options{Map: []string{"region=County"}, Set: []string{"timezone=America/New_York", "country=US"}},
	}
	wantBothRuns(t, func() importer.Report {
		report, _ := stores(t, pool, name, o)
		return report
	})
}

func TestRealProducts(t *testing.T) {
	t.Parallel()
	for name, keep := range map[string]bool{"GTINs only": false, "with internal codes": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			name, pool := realFile(t, "products.csv"), database(t)
			wantBothRuns(t, func() importer.Report {
				report, _ := products(t, pool, name, importer.ProductsOptions{KeepInternal: keep})
				return report
			})
		})
	}
}
