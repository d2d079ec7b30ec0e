// Package pgstats reads statistics of PostgreSQL and Redis for `aisle doctor`. It changes nothing, and does not interpret the
// modules' rows.
package pgstats

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"aisle/store"
)

// ServerInfo describes the PostgreSQL server and the connection.
type ServerInfo struct {
	Version         string // for example 17.5
	VersionNumber   int    // for example 170005
	Database        string
	Role            string
	CanReadAllStats bool // the role is in pg_read_all_stats
	InRecovery      bool // the server is a replica
	StartedAt       time.Time
	Now             time.Time // by the server's clock
}

// ReadServerInfo reads the ServerInfo.
func ReadServerInfo(ctx context.Context, db store.DB) (s ServerInfo, err error) {
	err = db.QueryRow(ctx, `
		SELECT current_setting('server_version'), current_setting('server_version_num')::int, current_database(), current_user,
			pg_has_role('pg_read_all_stats', 'USAGE'), pg_is_in_recovery(), pg_postmaster_start_time(), clock_timestamp()`).
		Scan(&s.Version, &s.VersionNumber, &s.Database, &s.Role, &s.CanReadAllStats, &s.InRecovery, &s.StartedAt, &s.Now)
	if err != nil {
		return ServerInfo{}, fmt.Errorf("read the server's version and settings: %w", err)
	}
	return s, nil
}

// Setting is a setting of PostgreSQL.
type Setting struct {
	Name   string `db:"name"   json:"name"`
	Value  string `db:"value"  json:"value"` // with its unit
	Source string `db:"source" json:"source"`
}

// ListChangedSettings returns the settings that differ from the default, except those that this connection has set.
func ListChangedSettings(ctx context.Context, db store.DB) ([]Setting, error) {
	return collect[Setting](ctx, db, "list PostgreSQL settings", `
		SELECT name, coalesce(setting, '') || coalesce(' ' || unit, '') AS value, source
		FROM pg_settings
		WHERE source NOT IN ('default', 'client', 'session', 'override')
		ORDER BY name`)
}

// ReadSettings returns the values, by name, that new connections of this role to this database get.
func ReadSettings(ctx context.Context, db store.DB, names ...string) (map[string]string, error) {
	list, err := collect[Setting](ctx, db, "list PostgreSQL settings", `
		SELECT name, coalesce(setting, '') AS value, source
		FROM pg_settings
		WHERE name = ANY ($1)`, names)
	values := make(map[string]string, len(list))
	for _, s := range list {
		values[s.Name] = s.Value
	}
	return values, err
}

// collect runs a query and reads its rows into structs by column name.
func collect[T any](ctx context.Context, db store.DB, what, sql string, args ...any) ([]T, error) {
	found, err := db.Query(ctx, sql, args...)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	list, err := pgx.CollectRows(found, pgx.RowToStructByName[T])
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	return list, nil
}
