package replica

import "github.com/jackc/pgx/v5"

// BufferRows exports bufferRows.
func BufferRows(rows pgx.Rows) (pgx.Rows, error) { return bufferRows(rows) } //nolint:ireturn // pgx's interface
