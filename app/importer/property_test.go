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

// Lines of garbage stand between the valid rows. No line may be lost: it is in the database, in the rejects file, or empty.
func TestValidRowsAreImportedFromBetweenGarbage(t *testing.T) {
	t.Parallel()
	pool := database(t)
	folder := t.TempDir()
	piece := rapid.SampledFrom([]string{`"`, `""`, `,`, `,"`, `",`, "x", "12", " ", "\x00", "\xff", "é", `"y"`, "\r", "\n", ";", "\ufeff"})
	garbage := rapid.Custom(func(t *rapid.T) string { return strings.Join(rapid.SliceOfN(piece, 0, 8).Draw(t, "pieces"), "") })
	round := 0
	rapid.Check(t, func(r *rapid.T) {
		round++
		valid := make([]string, rapid.IntRange(1, 20).Draw(r, "valid rows"))
		lines := append(make([]string, 0, 1+2*len(valid)), "barcode,name,brand")
		for i := range valid {
			digits := fmt.Sprintf("4%07d%04d", round, i)
			code := digits + string(gtins.CheckDigit(digits))
			valid[i] = code
			name := rapid.SampledFrom([]string{"Milk", `"Milk, fresh"`, `5" pan`}).Draw(r, "name")
			lines = append(lines, garbage.Draw(r, "garbage"), code+","+name+",")
		}
		text := strings.Join(lines, "\n")
		o := importer.ProductsOptions{Options: importer.Options{Rejects: filepath.Join(folder, "r.csv")}}

		report, err := importer.Products(t.Context(), pool, file(t, "p.csv", text), o)
		if err != nil {
			r.Fatal(err)
		}

		imported := rows(t, pool, fmt.Sprintf("SELECT sku AS a FROM catalog.product WHERE sku LIKE '4%07d%%'", round))
		if !slices.Equal(imported, valid) {
			r.Fatalf("of\n%s\nonly %q were imported", text, imported)
		}
		if report.Rows != report.Created+report.Repeated+report.Rejected || report.Created != len(valid) {
			r.Fatalf("%d valid rows, but the report is %+v", len(valid), report)
		}
	})
}
