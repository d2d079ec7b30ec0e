package importer_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/jackc/pgx/v5"

	"aisle/app/importer"
	"aisle/app/localpg/pgtest"
	"aisle/store/postgres"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// database creates a database and opens a pool.
func database(t *testing.T) *postgres.Pool {
	t.Helper()
	pool, err := postgres.Open(t.Context(), pgtest.New(t), postgres.Options{MaxConns: 4})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool
}

// file writes a CSV file and returns its path.
func file(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// rows returns the rows of a query, each as one text.
func rows(t *testing.T, pool *postgres.Pool, query string) []string {
	t.Helper()
	result, err := pool.Query(t.Context(), "SELECT concat_ws(' | ', VARIADIC array_agg(v ORDER BY place)) FROM ("+query+
		") AS r, LATERAL jsonb_each_text(to_jsonb(r)) WITH ORDINALITY AS e (k, v, place) GROUP BY r ORDER BY 1")
	if err != nil {
		t.Fatal(err)
	}
	list, err := pgx.CollectRows(result, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return list
}

const (
	allProducts = "SELECT sku AS a, name AS b, coalesce(brand, '-') AS c, barcodes AS d, version AS e FROM catalog.product_with_barcodes"
	allStores   = `SELECT s.code AS a, s.name AS b, coalesce(s.street, '-') AS c, coalesce(s.city, '-') AS d,
		coalesce(s.postal_code, '-') AS e, coalesce(s.country_code, '-') AS f,
		coalesce(s.latitude::text, '-') AS g, coalesce(s.longitude::text, '-') AS h, s.timezone AS i, s.format AS j, s.status AS k,
		r.code AS l, r.name AS m, s.version AS n FROM stores.store AS s JOIN stores.region AS r ON r.id = s.region_id`
)

// products imports products. The rejects file is in a temporary directory.
func products(t *testing.T, pool *postgres.Pool, name string, o importer.ProductsOptions) (report importer.Report, rejects string) {
	t.Helper()
	if o.Rejects == "" {
		o.Rejects = filepath.Join(t.TempDir(), "rejects.csv")
	}
	report, err := importer.Products(t.Context(), pool, name, o)
	if err != nil {
		t.Fatal(err)
	}
	return report, o.Rejects
}

// stores imports stores. The rejects file is in a temporary directory.
func stores(t *testing.T, pool *postgres.Pool, name string, o importer.StoresOptions) (report importer.Report, rejects string) {
	t.Helper()
	o.Rejects = filepath.Join(t.TempDir(), "rejects.csv")
	report, err := importer.Stores(t.Context(), pool, name, o)
	if err != nil {
		t.Fatal(err)
	}
	return report, o.Rejects
}

// wantReport compares the counts.
func wantReport(t *testing.T, got, want importer.Report) {
	t.Helper()
	others := cmpopts.IgnoreFields(want, "File", "RejectsFile", "Elapsed", "ByColumn")
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(want), others); diff != "" {
		t.Errorf("report (-want +got):\n%s", diff)
	}
	if got.Rows != got.Created+got.Updated+got.Unchanged+got.Repeated+got.Rejected {
		t.Errorf("a row is lost: %+v", got)
	}
}

// wantFile compares a file with a golden one.
func wantFile(t *testing.T, path, golden string) {
	t.Helper()
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	golden = filepath.Join("testdata", golden)
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.WriteFile(golden, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", golden, diff)
	}
}

func wantRows(t *testing.T, pool *postgres.Pool, query string, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, rows(t, pool, query), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}

// rowVersions returns all rows with the transactions that wrote them.
func rowVersions(t *testing.T, pool *postgres.Pool) []string {
	t.Helper()
	products := rows(t, pool, "SELECT xmin::text AS x, p.* FROM catalog.product AS p")
	return append(products, rows(t, pool, "SELECT xmin::text AS x, s.* FROM stores.store AS s")...)
}

// linesOf counts the rows of a rejects file.
func linesOf(t *testing.T, path string) int {
	t.Helper()
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return 0
	}
	if err != nil {
		t.Fatal(err)
	}
	return strings.Count(string(text), "\n") - 1
}
