package store_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"aisle/app/localpg/pgtest"
	"aisle/store"
	"aisle/store/postgres"
)

func TestConnectionLimitIsTheLowestOfServerRoleAndDatabase(t *testing.T) {
	t.Parallel()
	pool, err := postgres.Open(t.Context(), pgtest.New(t), postgres.Options{MaxConns: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	capacity := func() store.ConnectionLimit {
		t.Helper()
		c, err := store.ReadConnectionLimit(t.Context(), pool)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}

	ofServer := capacity()
	_, err = pool.Exec(t.Context(), fmt.Sprintf(`DO $$ BEGIN EXECUTE format('ALTER DATABASE %%I CONNECTION LIMIT %d', current_database()); END $$`, 7))
	if err != nil {
		t.Fatal(err)
	}
	ofDatabase := capacity()

	if diff := cmp.Diff(store.ConnectionLimit{Setting: "max_connections", Max: 400, Reserved: 3}, ofServer); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(store.ConnectionLimit{Setting: "the CONNECTION LIMIT of the database", Max: 7}, ofDatabase); diff != "" {
		t.Error(diff)
	}
	if got := ofServer.String(); got != "max_connections is 400, of which 3 are reserved" {
		t.Error(got)
	}
}
