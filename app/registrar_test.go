package app

import (
	"log/slog"
	"testing"

	"aisle/app/localpg/pgtest"
	"aisle/operations"
	"aisle/server"
	"aisle/store"
	registered "aisle/store/operations"
)

func TestWhatIsRegisteredStaysWhilePostgreSQLIsAway(t *testing.T) {
	t.Parallel()
	pool, err := store.Open(t.Context(), pgtest.New(t), store.Options{MaxConns: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	var times, known int
	r := &registrar{service: registered.NewService(pool), log: slog.New(slog.DiscardHandler), register: func(list []server.Operation) []error {
		times, known = times+1, len(list)
		return nil
	}}

	first, second := r.Load(t.Context()), r.Load(t.Context())
	pool.Close()
	away := r.Load(t.Context())

	if first != nil || second != nil || away == nil || times != 1 || known != len(operations.All()) {
		t.Errorf("%v, %v, %v: registered %d operations in %d times", first, second, away, known, times)
	}
}
