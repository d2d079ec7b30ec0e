// Package pgstats reads how PostgreSQL and Redis are: what `aisle doctor` judges. It changes nothing, and knows nothing of
// what the rows of modules mean.
package pgstats

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"aisle/store"
)

// ServerInfo is what PostgreSQL says of itself.
type ServerInfo struct {
	Version         string // such as 17.5
	VersionNumber   int    // such as 170005
	Database        string
	Role            string
	CanReadAllStats bool // the role sees what others do (pg_monitor)
	InRecovery      bool // it is a replica
	StartedAt       time.Time
	Now             time.Time // by its clock
}

// ReadServerInfo asks PostgreSQL what it is.
func ReadServerInfo(ctx context.Context, db store.DB) (s ServerInfo, err error) {
	err = db.QueryRow(ctx, `
		SELECT current_setting('server_version'), current_setting('server_version_num')::int, current_database(), current_user,
			pg_has_role('pg_read_all_stats', 'USAGE'), pg_is_in_recovery(), pg_postmaster_start_time(), clock_timestamp()`).
		Scan(&s.Version, &s.VersionNumber, &s.Database, &s.Role, &s.CanReadAllStats, &s.InRecovery, &s.StartedAt, &s.Now)
	return s, store.Wrap("ask PostgreSQL what it is", err)
}

// Setting is a setting of PostgreSQL.
type Setting struct {
	Name   string `db:"name"   json:"name"`
	Value  string `db:"value"  json:"value"` // with its unit
	Source string `db:"source" json:"source"`
}

// ListChangedSettings are those that differ from the default, but for what this connection has set itself.
func ListChangedSettings(ctx context.Context, db store.DB) ([]Setting, error) {
	return rows[Setting](ctx, db, "the settings of PostgreSQL", `
		SELECT name, coalesce(setting, '') || coalesce(' ' || unit, '') AS value, source
		FROM pg_settings
		WHERE source NOT IN ('default', 'client', 'session', 'override')
		ORDER BY name`)
}

// ReadSettings are the values that new connections of this role to this database get, by name.
func ReadSettings(ctx context.Context, db store.DB, names ...string) (map[string]string, error) {
	list, err := rows[Setting](ctx, db, "the settings of PostgreSQL", `
		SELECT name, coalesce(setting, '') AS value, source
		FROM pg_settings
		WHERE name = ANY ($1)`, names)
	values := make(map[string]string, len(list))
	for _, s := range list {
		values[s.Name] = s.Value
	}
	return values, err
}

// rows reads rows into structs by the names of their columns.
func rows[T any](ctx context.Context, db store.DB, what, sql string, args ...any) ([]T, error) {
	found, err := db.Query(ctx, sql, args...)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	list, err := pgx.CollectRows(found, pgx.RowToStructByName[T])
	return list, store.Wrap(what, err)
}
