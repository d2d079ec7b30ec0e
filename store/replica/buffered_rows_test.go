package replica_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/shopspring/decimal"

	"aisle/app/localpg/pgtest"
	"aisle/store/postgres"
	"aisle/store/replica"
)

// Buffered rows are scanned like those of pgx.
func TestBufferedRowsAreScannedAsPgxScansThem(t *testing.T) {
	t.Parallel()
	pool, err := postgres.Open(t.Context(), pgtest.New(t), postgres.Options{MaxConns: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	type row struct {
		ID     uuid.UUID
		Other  uuid.NullUUID
		Text   *string
		Amount decimal.Decimal
		Words  []string
		IDs    []uuid.UUID
		At     time.Time
		Day    time.Time
		N      int64
		JSON   []byte
		Is     bool
	}
	const query = `SELECT '018f0000-0000-7000-8000-000000000001'::uuid AS id, CASE WHEN n > 1 THEN '018f0000-0000-7000-8000-000000000002'::uuid END AS other,
		CASE WHEN n > 1 THEN 'word' || n END AS text, n / 4.0 AS amount, ARRAY['a', 'b'] AS words,
		ARRAY['018f0000-0000-7000-8000-000000000003'::uuid] AS ids, '2026-03-02 12:00:00Z'::timestamptz AS at, '2026-03-02'::date AS day,
		n::bigint AS n, '{"a": [1, null]}'::jsonb AS json, n = 2 AS is
		FROM generate_series(1, $1::integer) AS n`
	for _, n := range []int{0, 1, 3} {
		own, err := pool.Query(t.Context(), query, n)
		if err != nil {
			t.Fatal(err)
		}
		want, err := pgx.CollectRows(own, pgx.RowToStructByName[row])
		if err != nil {
			t.Fatal(err)
		}
		rows, err := pool.Query(t.Context(), query, n)
		if err != nil {
			t.Fatal(err)
		}
		buffered, err := replica.BufferRows(rows)
		if err != nil {
			t.Fatal(err)
		}

		got, err := pgx.CollectRows(buffered, pgx.RowToStructByName[row])

		if diff := cmp.Diff(want, got); diff != "" || err != nil || len(got) != n {
			t.Errorf("%d rows, %v: %s", len(got), err, diff)
		}
	}
}

func TestBufferedRowsReportWhatCannotBeScanned(t *testing.T) {
	t.Parallel()
	pool, err := postgres.Open(t.Context(), pgtest.New(t), postgres.Options{MaxConns: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	for query, into := range map[string][]any{
		"SELECT NULL::uuid":             {&uuid.UUID{}},
		"SELECT 'word'":                 {new(int)},
		"SELECT 1, 2":                   {new(int)},
		"SELECT 1 WHERE false":          {new(int)},
		"SELECT n FROM missing AS t(n)": {new(int)},
	} {
		want := pool.QueryRow(t.Context(), query).Scan(into...)
		rows, err := pool.Query(t.Context(), query)
		if err != nil {
			continue
		}
		buffered, got := replica.BufferRows(rows)
		if got == nil && !buffered.Next() {
			got = pgx.ErrNoRows
		}
		if got == nil {
			got = buffered.Scan(into...)
		}

		if got == nil || want == nil {
			t.Errorf("%s: got %v, pgx says %v", query, got, want)
		}
	}
}
