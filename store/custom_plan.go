package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// WithCustomPlan returns a DB for which PostgreSQL plans each query with its arguments. Use it for lists with optional
// filters: a generic plan cannot use the index of a filter that may be absent. See docs/decisions.
func WithCustomPlan(db DB) DB { //nolint:ireturn // a decorator
	if planner, ok := db.(customPlanner); ok {
		return planner.WithCustomPlan()
	}
	return plannedDB{db}
}

// A customPlanner is a decorator that applies WithCustomPlan to the DBs that it wraps.
type customPlanner interface{ WithCustomPlan() DB }

// plannedDB sends the setting in one batch with the query: one round trip and one transaction, at whose end the setting ends.
type plannedDB struct{ DB }

const setCustomPlan = "SELECT set_config('plan_cache_mode', 'force_custom_plan', true)"

// IsPlanSetting reports whether WithCustomPlan has added a statement to a batch. It is not counted.
func IsPlanSetting(sql string) bool { return sql == setCustomPlan }

func (p plannedDB) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) { //nolint:ireturn // as in DB
	batch := &pgx.Batch{}
	batch.Queue(setCustomPlan).Fn = func(results pgx.BatchResults) error {
		_, err := results.Exec()
		if err != nil {
			return fmt.Errorf("set plan_cache_mode: %w", err)
		}
		return nil
	}
	return queryAfter(ctx, p, batch, sql, args...)
}

func (p plannedDB) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row { //nolint:ireturn // as in DB
	return FirstRow(p.Query(ctx, sql, args...))
}
