package node

import (
	"log/slog"
	"testing"

	"aisle/app/localpg/pgtest"
	"aisle/gateway/document"
	"aisle/operations"
	"aisle/store/postgres"
)

func TestRegisteredOperationsStayWhilePostgreSQLIsUnavailable(t *testing.T) {
	t.Parallel()
	pool, err := postgres.Open(t.Context(), pgtest.New(t), postgres.Options{MaxConns: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	var calls, registered int
	p := newOperationPoller(pool, func(list []document.Operation) []error {
		calls, registered = calls+1, len(list)
		return nil
	}, slog.New(slog.DiscardHandler))

	first, second := p.Load(t.Context()), p.Load(t.Context())
	pool.Close()
	unavailable := p.Load(t.Context())

	if first != nil || second != nil || unavailable == nil || calls != 1 || registered != len(operations.All()) {
		t.Errorf("%v, %v, %v: registered %d operations in %d calls", first, second, unavailable, registered, calls)
	}
}
