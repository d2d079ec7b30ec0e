package store

import "github.com/jackc/pgx/v5"

// CopyRows is for tests, which have pgtest's database only from outside.
func CopyRows(rows pgx.Rows) (pgx.Rows, error) { return copyRows(rows) } //nolint:ireturn // pgx's interface
