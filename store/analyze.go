package store

import (
	"context"
	"fmt"
)

// Analyze lets PostgreSQL count anew what is in all tables, so that it plans well. Call it after much was loaded.
func Analyze(ctx context.Context, db DB) error {
	if _, err := db.Exec(ctx, "ANALYZE"); err != nil {
		return fmt.Errorf("analyze the tables: %w", err)
	}
	return nil
}
