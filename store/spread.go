package store

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"
)

// ReadRouter is the pool for modules that read. Queries of modules that tell all that changes in their rows (Telling) go to a
// replica where their context lets them (Reading, WithMinPosition): what others change is not in the log, so nobody knows how much of
// it must be shown. All else goes to the primary.
func (p *Pool) ReadRouter() DB { return spread{p, p, false} } //nolint:ireturn // it is one

type spread struct {
	DB // the primary

	pool *Pool
	each bool // see WithCustomPlan
}

// Query is sent to a replica or to the primary. Whatever goes wrong on a replica is tried once on the primary: that the
// replica has ended it, because it was in the way of what has to be replayed, that the connection broke, or that the
// replica has just left the rotation.
func (s spread) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) { //nolint:ireturn // as DB has it
	all := &s.pool.replicas
	g, ok := ctx.Value(readingKey{}).(*reading)
	if ok && all.have(sql) {
		rows, err := s.fromReplica(ctx, g, sql, args)
		if rows != nil || err != nil {
			return rows, err
		}
	}
	all.reads.primary.Add(1)
	return s.DB.Query(ctx, sql, args...)
}

// fromReplica answers nothing when the primary is to be asked.
func (s spread) fromReplica(ctx context.Context, g *reading, sql string, args []any) (pgx.Rows, error) { //nolint:ireturn // as DB has it
	r := g.source(ctx, &s.pool.replicas)
	if r == nil {
		return nil, nil //nolint:nilnil // the primary is asked
	}
	s.pool.replicas.reads.replica.Add(1)
	rows, err := r.query(ctx, g.life, s.each, sql, args)
	if err == nil {
		return rows, nil
	}
	if ctx.Err() != nil {
		return nil, err
	}
	g.left.Store(true)
	return nil, nil //nolint:nilnil // the primary is asked
}

// have says whether a query may be sent to a replica at all.
func (s *replicas) have(sql string) bool {
	return len(s.all) > 0 && slices.Contains(ModulesWithCompleteEvents[:], s.modules.module(sql))
}

func (s spread) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row { //nolint:ireturn // as DB has it
	rows, err := s.Query(ctx, sql, args...)
	return firstRow{rows, err}
}
