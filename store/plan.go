package store

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// PlanEach is db with each query planned with its values. It is for lists with optional filters: the one plan that others
// have for all values could not use an index for a filter that may be absent. See docs/decisions.
func PlanEach(db DB) DB { //nolint:ireturn // it is one
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
	batch.Queue(planEach)
	batch.Queue(sql, args...)
	results := p.SendBatch(ctx, batch)
	if _, err := results.Exec(); err != nil {
		_ = results.Close() // the first error says it
		return nil, Wrap("set how queries are planned", err)
	}
	rows, err := results.Query()
	if err != nil {
		_ = results.Close() // the first error says it
		return nil, err     //nolint:wrapcheck // the query's own
	}
	return &batchRows{Rows: rows, results: results}, nil
}

func (p planned) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row { //nolint:ireturn // as DB has it
	rows, err := p.Query(ctx, sql, args...)
	return firstRow{rows, err}
}

// batchRows are the rows of a batch's last query: closing them ends the batch.
type batchRows struct {
	pgx.Rows

	results pgx.BatchResults
	err     error
}

func (r *batchRows) Close() {
	r.Rows.Close()
	r.err = r.results.Close()
}

func (r *batchRows) Err() error {
	if err := r.Rows.Err(); err != nil {
		return err //nolint:wrapcheck // the query's own
	}
	return r.err
}

// firstRow is a query's first row.
type firstRow struct {
	rows pgx.Rows
	err  error
}

func (r firstRow) Scan(into ...any) error {
	if r.err != nil {
		return r.err
	}
	defer r.rows.Close()
	if !r.rows.Next() {
		if err := r.rows.Err(); err != nil {
			return err //nolint:wrapcheck // the query's own
		}
		return pgx.ErrNoRows
	}
	if err := r.rows.Scan(into...); err != nil {
		return err //nolint:wrapcheck // the query's own
	}
	r.rows.Close()
	return r.rows.Err() //nolint:wrapcheck // the query's own
}
