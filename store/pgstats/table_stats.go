package pgstats

import (
	"context"
	"fmt"
	"time"

	"aisle/store"
)

// IndexStats describes an index of a module's table.
type IndexStats struct {
	Name   string `db:"name"` // with its schema
	Table  string `db:"table"`
	Valid  bool   `db:"valid"`  // false if its creation was interrupted; no query uses it
	Unique bool   `db:"unique"` // it enforces a constraint, even if no query uses it
	Scans  int64  `db:"scans"`  // on this server, since StatsResetAt
	Rows   int64  `db:"rows"`   // of the table, estimated
	Bytes  int64  `db:"bytes"`
}

// ListIndexes returns the indexes of all modules. An index of a partitioned table is one entry, with the sums of its partitions.
func ListIndexes(ctx context.Context, db store.DB) ([]IndexStats, error) {
	return collect[IndexStats](ctx, db, "list indexes", `
		SELECT n.nspname || '.' || c.relname AS name, n.nspname || '.' || t.relname AS table, i.indisvalid AS valid, i.indisunique AS unique,
			coalesce(sum(s.idx_scan), 0)::bigint AS scans, coalesce(sum(greatest(pt.reltuples, 0)), 0)::bigint AS rows,
			coalesce(sum(pg_relation_size(p.relid)), 0)::bigint AS bytes
		FROM pg_index AS i
		JOIN pg_class AS c ON c.oid = i.indexrelid
		JOIN pg_class AS t ON t.oid = i.indrelid
		JOIN pg_namespace AS n ON n.oid = c.relnamespace
		CROSS JOIN LATERAL (
			SELECT c.oid AS relid WHERE c.relkind = 'i'
			UNION ALL SELECT relid FROM pg_partition_tree(c.oid) WHERE c.relkind = 'I' AND isleaf
		) AS p
		JOIN pg_index AS pi ON pi.indexrelid = p.relid
		JOIN pg_class AS pt ON pt.oid = pi.indrelid
		LEFT JOIN pg_stat_all_indexes AS s ON s.indexrelid = p.relid
		WHERE n.nspname NOT LIKE 'pg\_%' AND n.nspname NOT IN ('information_schema', 'public') AND NOT c.relispartition
		GROUP BY 1, 2, 3, 4
		ORDER BY 1`)
}

// StatsResetAt returns when PostgreSQL began to collect the statistics.
func StatsResetAt(ctx context.Context, db store.DB) (since time.Time, err error) {
	err = db.QueryRow(ctx, `
		SELECT coalesce(stats_reset, pg_postmaster_start_time()) FROM pg_stat_database WHERE datname = current_database()`).Scan(&since)
	if err != nil {
		return time.Time{}, fmt.Errorf("read when statistics were reset: %w", err)
	}
	return since, nil
}

// TableStats counts the dead rows of a table.
type TableStats struct {
	Name                string     `db:"name"` // with its schema
	Live                int64      `db:"live"` // rows, estimated
	Dead                int64      `db:"dead"`
	AutovacuumThreshold int64      `db:"due"` // how many dead rows trigger autovacuum
	LastVacuum          *time.Time `db:"last_vacuum"`
	AutovacuumEnabled   bool       `db:"enabled"` // autovacuum is enabled for the table
}

// ListDeadTupleTables returns the tables with dead rows, most first.
func ListDeadTupleTables(ctx context.Context, db store.DB) ([]TableStats, error) {
	return collect[TableStats](ctx, db, "list dead rows", `
		SELECT s.schemaname || '.' || s.relname AS name, s.n_live_tup AS live, s.n_dead_tup AS dead,
			(current_setting('autovacuum_vacuum_threshold')::bigint
				+ current_setting('autovacuum_vacuum_scale_factor')::float * greatest(c.reltuples, 0))::bigint AS due,
			greatest(s.last_vacuum, s.last_autovacuum) AS last_vacuum,
			current_setting('autovacuum')::boolean AND NOT coalesce('autovacuum_enabled=false' = ANY (c.reloptions), false) AS enabled
		FROM pg_stat_user_tables AS s
		JOIN pg_class AS c ON c.oid = s.relid
		WHERE s.n_dead_tup > 0
		ORDER BY s.n_dead_tup DESC
		LIMIT 100`)
}

// TransactionIDAge returns the age of the oldest transaction id in use. At 2 billion PostgreSQL stops accepting writes.
func TransactionIDAge(ctx context.Context, db store.DB) (age int64, err error) {
	err = db.QueryRow(ctx, "SELECT age(datfrozenxid) FROM pg_database WHERE datname = current_database()").Scan(&age)
	if err != nil {
		return 0, fmt.Errorf("read the age of transaction ids: %w", err)
	}
	return age, nil
}
