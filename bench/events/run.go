package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"aisle/bench/harness"
)

// run is a benchmark on a harness.
type run struct {
	*harness.Harness

	options options
}

// node is a server under measurement.
type node struct{ *harness.Node }

// withRun runs f on a harness that counts SQL statements and records commit times.
func withRun(ctx context.Context, o options, notes io.Writer, f func(*run) error) error {
	c := harness.Config{Aisle: o.Aisle, Stores: o.Stores, MaxDuration: maxDuration, Warnings: notes, Settings: map[string]string{
		"shared_preload_libraries": "pg_stat_statements", "track_commit_timestamp": "on",
	}}
	return harness.Run(ctx, c, func(s *harness.Harness) error {
		if _, err := s.AdminPool.Exec(ctx, "CREATE EXTENSION pg_stat_statements"); err != nil {
			return fmt.Errorf("count statements: %w", err)
		}
		return f(&run{s, o})
	})
}

// withNode runs f with a fresh server.
func (s *run) withNode(ctx context.Context, f func(ctx context.Context, n *node) error) error {
	return s.WithNode(ctx, nil, func(ctx context.Context, n *harness.Node) error { return f(ctx, &node{n}) })
}

// statements returns the number of SQL statements that PostgreSQL has run, without these.
func (s *run) statements(ctx context.Context) (n int, err error) {
	const counted = `SELECT sum(calls)::bigint FROM pg_stat_statements WHERE query NOT LIKE '%pg_stat_statements%'`
	if err := s.AdminPool.QueryRow(ctx, counted).Scan(&n); err != nil {
		return 0, fmt.Errorf("count statements: %w", err)
	}
	return n, nil
}

// commits returns the commit times of transactions, by the clock of this machine.
func (s *run) commits(ctx context.Context, xids []int64) (map[int64]time.Time, error) {
	rows, err := s.AdminPool.Query(ctx, `
		SELECT xid, pg_xact_commit_timestamp((xid % (1::bigint << 32))::text::xid) FROM unnest($1::bigint []) AS xid`, xids)
	if err != nil {
		return nil, fmt.Errorf("read commit times: %w", err)
	}
	defer rows.Close()
	found := make(map[int64]time.Time, len(xids))
	for rows.Next() {
		var xid int64
		var at time.Time
		if err := rows.Scan(&xid, &at); err != nil {
			return nil, fmt.Errorf("read commit times: %w", err)
		}
		found[xid] = at
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read commit times: %w", err)
	}
	return found, nil
}
