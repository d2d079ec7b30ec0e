package store

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// A batchSender is a connection or a DB.
type batchSender interface {
	SendBatch(ctx context.Context, batch *pgx.Batch) pgx.BatchResults
}

// queryAfter sends a batch and a query in one round trip, and returns the rows of the query.
//
//nolint:ireturn // as in pgx
func queryAfter(ctx context.Context, db batchSender, batch *pgx.Batch, sql string, args ...any) (pgx.Rows, error) {
	before := batch.QueuedQueries
	batch.Queue(sql, args...)
	results := db.SendBatch(ctx, batch)
	rows, err := queryLast(results, before)
	if err != nil {
		_ = results.Close() // it repeats err
		return nil, err
	}
	return &batchRows{Rows: rows, results: results}, nil
}

// queryLast reads the results of the queries before the last of a batch, and returns the rows of the last.
func queryLast(results pgx.BatchResults, before []*pgx.QueuedQuery) (pgx.Rows, error) { //nolint:ireturn // as in pgx
	for _, query := range before {
		read := query.Fn
		if read == nil {
			read = func(results pgx.BatchResults) error {
				_, err := results.Exec()
				return err //nolint:wrapcheck // the statement's error
			}
		}
		if err := read(results); err != nil {
			return nil, err
		}
	}
	return results.Query() //nolint:wrapcheck // the statement's error
}

// batchRows are the rows of the last query of a batch. Close also closes the batch.
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
		return err //nolint:wrapcheck // the query's error
	}
	return r.err
}

// FirstRow makes a QueryRow of a Query: it returns the first row, and reports the error when the row is scanned.
func FirstRow(rows pgx.Rows, err error) pgx.Row { return firstRow{rows, err} } //nolint:ireturn // as in pgx

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
			return err //nolint:wrapcheck // the query's error
		}
		return pgx.ErrNoRows
	}
	if err := r.rows.Scan(into...); err != nil {
		return err //nolint:wrapcheck // the query's error
	}
	r.rows.Close()
	return r.rows.Err() //nolint:wrapcheck // the query's error
}
