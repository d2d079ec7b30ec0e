package store

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// batchSender is a connection, or what has some.
type batchSender interface {
	SendBatch(ctx context.Context, batch *pgx.Batch) pgx.BatchResults
}

// queryWith sends a query together with the batch that comes before it, in one round trip, and answers the query's rows.
//
//nolint:ireturn // as pgx has it
func queryWith(ctx context.Context, to batchSender, batch *pgx.Batch, sql string, args ...any) (pgx.Rows, error) {
	before := batch.QueuedQueries
	batch.Queue(sql, args...)
	results := to.SendBatch(ctx, batch)
	rows, err := last(results, before)
	if err != nil {
		_ = results.Close() // the first error says it
		return nil, err
	}
	return &batchRows{Rows: rows, results: results}, nil
}

// last reads the results of all queries of a batch before the last, and answers the rows of that.
func last(results pgx.BatchResults, before []*pgx.QueuedQuery) (pgx.Rows, error) { //nolint:ireturn // as pgx has it
	for _, query := range before {
		read := query.Fn
		if read == nil {
			read = func(results pgx.BatchResults) error {
				_, err := results.Exec()
				return err //nolint:wrapcheck // of the statement
			}
		}
		if err := read(results); err != nil {
			return nil, err
		}
	}
	return results.Query() //nolint:wrapcheck // of the statement
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
