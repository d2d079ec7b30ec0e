package postgres_test

import (
	"slices"
	"testing"

	"github.com/google/uuid"

	"aisle/app/localpg/pgtest"
	"aisle/store"
	"aisle/store/postgres"
)

func TestUUIDsRoundTrip(t *testing.T) {
	t.Parallel()
	pool, err := postgres.Open(t.Context(), pgtest.New(t), postgres.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	id := store.NewID()
	list := []uuid.UUID{id, store.NewID()}
	some, none := uuid.NullUUID{UUID: id, Valid: true}, uuid.NullUUID{UUID: id, Valid: true}
	var gotID uuid.UUID
	var gotList []uuid.UUID
	var gotSome uuid.NullUUID

	err = pool.QueryRow(t.Context(), `SELECT $1::uuid, $2::uuid, NULL::uuid, $3::uuid []`, id, some, list).
		Scan(&gotID, &gotSome, &none, &gotList)
	if err != nil {
		t.Fatal(err)
	}

	if gotID != id || gotSome != some || none != (uuid.NullUUID{}) || !slices.Equal(gotList, list) {
		t.Errorf("got %v %v %v %v", gotID, gotSome, none, gotList)
	}
	if err := pool.QueryRow(t.Context(), `SELECT NULL::uuid`).Scan(&gotID); err == nil {
		t.Error("null was read into an id that cannot be null")
	}
}

func BenchmarkScanUUIDs(b *testing.B) {
	pool, err := postgres.Open(b.Context(), pgtest.New(b), postgres.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer pool.Close()
	b.ReportAllocs()
	for b.Loop() {
		rows, err := pool.Query(b.Context(), `SELECT gen_random_uuid() FROM generate_series(1, 1000)`)
		if err != nil {
			b.Fatal(err)
		}
		for rows.Next() {
			var id uuid.UUID
			if err := rows.Scan(&id); err != nil {
				b.Fatal(err)
			}
		}
		rows.Close()
	}
}
