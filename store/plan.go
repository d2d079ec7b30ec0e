package store

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// WithCustomPlan is db with each query planned with its values. It is for lists with optional filters: the one plan that others
// have for all values could not use an index for a filter that may be absent. See docs/decisions.
func WithCustomPlan(db DB) DB { //nolint:ireturn // it is one
	if s, ok := db.(spread); ok {
		return spread{planned{s.DB}, s.pool, true}
	}
	return planned{db}
}

// planned sends the setting together with the query, in one round trip: it lasts to the end of the transaction, and the
// two are one.
type planned struct{ DB }

const planEach = "SELECT set_config('plan_cache_mode', 'force_custom_plan', true)"

func (p planned) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) { //nolint:ireturn // as DB has it
	batch := &pgx.Batch{}
	batch.Queue(planEach).Fn = func(results pgx.BatchResults) error {
		_, err := results.Exec()
		return Wrap("set how queries are planned", err)
	}
	return queryWith(ctx, p, batch, sql, args...)
}

func (p planned) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row { //nolint:ireturn // as DB has it
	rows, err := p.Query(ctx, sql, args...)
	return firstRow{rows, err}
}
