package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"aisle/bench/stage"
	"aisle/store"
)

// run is a measurement on a stage.
type run struct {
	*stage.Stage

	options options
}

// node is a server that is measured.
type node struct{ *stage.Node }

// withRun runs f on a stage that counts statements and knows when transactions were committed.
func withRun(ctx context.Context, o options, notes io.Writer, f func(*run) error) error {
	c := stage.Config{Aisle: o.Aisle, Stores: o.Stores, Longest: longest, Notes: notes, Settings: map[string]string{
		"shared_preload_libraries": "pg_stat_statements", "track_commit_timestamp": "on",
	}}
	return stage.With(ctx, c, func(s *stage.Stage) error {
		if _, err := s.Looker.Exec(ctx, "CREATE EXTENSION pg_stat_statements"); err != nil {
			return fmt.Errorf("count statements: %w", err)
		}
		return f(&run{s, o})
	})
}

// withNode runs f beside a server that has served nobody yet.
func (s *run) withNode(ctx context.Context, f func(ctx context.Context, n *node) error) error {
	return s.WithNode(ctx, nil, func(ctx context.Context, n *stage.Node) error { return f(ctx, &node{n}) })
}

// statements is how many statements PostgreSQL has run, but for these.
func (s *run) statements(ctx context.Context) (n int, err error) {
	const counted = `SELECT sum(calls)::bigint FROM pg_stat_statements WHERE query NOT LIKE '%pg_stat_statements%'`
	if err := s.Looker.QueryRow(ctx, counted).Scan(&n); err != nil {
		return 0, fmt.Errorf("count statements: %w", err)
	}
	return n, nil
}

// commits are when transactions were committed, by PostgreSQL's clock, which is the machine's.
func (s *run) commits(ctx context.Context, xids []int64) (map[int64]time.Time, error) {
	rows, err := s.Looker.Query(ctx, `
		SELECT xid, pg_xact_commit_timestamp((xid % (1::bigint << 32))::text::xid) FROM unnest($1::bigint []) AS xid`, xids)
	if err != nil {
		return nil, fmt.Errorf("look commits up: %w", err)
	}
	defer rows.Close()
	found := make(map[int64]time.Time, len(xids))
	for rows.Next() {
		var xid int64
		var at time.Time
		if err := rows.Scan(&xid, &at); err != nil {
			return nil, fmt.Errorf("look commits up: %w", err)
		}
		found[xid] = at
	}
	return found, store.Wrap("look commits up", rows.Err())
}
