package importer_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"aisle/app/importer"
	gtins "aisle/store/catalog"
)

// TestEveryGoodRowIsInWhateverStandsAroundIt puts lines of rubbish between good rows. No line may be lost: it is in the
// database, in the rejects file, or empty.
func TestEveryGoodRowIsInWhateverStandsAroundIt(t *testing.T) {
	t.Parallel()
	pool := database(t)
	folder := t.TempDir()
	piece := rapid.SampledFrom([]string{`"`, `""`, `,`, `,"`, `",`, "x", "12", " ", "\x00", "\xff", "é", `"y"`, "\r", "\n", ";", "\ufeff"})
	rubbish := rapid.Custom(func(t *rapid.T) string { return strings.Join(rapid.SliceOfN(piece, 0, 8).Draw(t, "pieces"), "") })
	round := 0
	rapid.Check(t, func(r *rapid.T) {
		round++
		good := make([]string, rapid.IntRange(1, 20).Draw(r, "good rows"))
		lines := append(make([]string, 0, 1+2*len(good)), "barcode,name,brand")
		for i := range good {
			digits := fmt.Sprintf("4%07d%04d", round, i)
			code := digits + string(gtins.CheckDigit(digits))
			good[i] = code
			name := rapid.SampledFrom([]string{"Milk", `"Milk, fresh"`, `5" pan`}).Draw(r, "name")
			lines = append(lines, rubbish.Draw(r, "rubbish"), code+","+name+",")
		}
		text := strings.Join(lines, "\n")
		o := importer.ProductsOptions{Options: importer.Options{Rejects: filepath.Join(folder, "r.csv")}}

		report, err := importer.Products(t.Context(), pool, file(t, "p.csv", text), o)
		if err != nil {
			r.Fatal(err)
		}

		there := rows(t, pool, fmt.Sprintf("SELECT sku AS a FROM catalog.product WHERE sku LIKE '4%07d%%'", round))
		if !slices.Equal(there, good) {
			r.Fatalf("of\n%s\nthere are only %q", text, there)
		}
		if report.Rows != report.Created+report.Repeated+report.Rejected || report.Created != len(good) {
			r.Fatalf("%d good rows, and the report is %+v", len(good), report)
		}
	})
}
