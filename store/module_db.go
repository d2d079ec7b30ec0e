package store

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// WithModule returns a DB whose statements are tagged with a module: stores, tasks, ... Each module's constructor calls it.
// DependencyRecorder and replica.Router read the tag. They never look at the SQL.
func WithModule(db DB, module string) DB { //nolint:ireturn // a decorator
	if m, ok := db.(moduleDB); ok {
		db = m.DB
	}
	return moduleDB{db, module}
}

type moduleKey struct{}

// ModuleFrom returns the module of the statement that is sent with ctx. It is false for a statement without a tag.
func ModuleFrom(ctx context.Context) (module string, ok bool) {
	module, ok = ctx.Value(moduleKey{}).(string)
	return module, ok
}

// moduleDB passes the tag on in the context: a batch and the tracers of pgx see nothing else of the DB that was used.
type moduleDB struct {
	DB

	module string
}

func (m moduleDB) tag(ctx context.Context) context.Context {
	return context.WithValue(ctx, moduleKey{}, m.module)
}

// WithCustomPlan implements customPlanner.
func (m moduleDB) WithCustomPlan() DB { return moduleDB{WithCustomPlan(m.DB), m.module} } //nolint:ireturn // a decorator

func (m moduleDB) Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	return m.DB.Exec(m.tag(ctx), sql, args...)
}

func (m moduleDB) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) { //nolint:ireturn // as in DB
	return m.DB.Query(m.tag(ctx), sql, args...)
}

func (m moduleDB) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row { //nolint:ireturn // as in DB
	return m.DB.QueryRow(m.tag(ctx), sql, args...)
}

func (m moduleDB) CopyFrom(ctx context.Context, table pgx.Identifier, columns []string, rows pgx.CopyFromSource) (int64, error) {
	return m.DB.CopyFrom(m.tag(ctx), table, columns, rows)
}

func (m moduleDB) SendBatch(ctx context.Context, batch *pgx.Batch) pgx.BatchResults { //nolint:ireturn // as in DB
	return m.DB.SendBatch(m.tag(ctx), batch)
}
