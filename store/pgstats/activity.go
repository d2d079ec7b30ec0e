package pgstats

import (
	"context"
	"fmt"
	"time"

	"aisle/store"
)

// ConnectionStats counts the client connections to the server.
type ConnectionStats struct {
	Used     int                   // of all clients, of this role or of this database, whichever Capacity limits
	Aisle    int                   // of Aisle's nodes and commands
	Capacity store.ConnectionLimit // how many are allowed
	ByClient map[string]int        // by application_name
}

// CountConnections counts the client connections.
func CountConnections(ctx context.Context, db store.DB) (ConnectionStats, error) {
	type count struct {
		Client     string `db:"client"`
		All        int    `db:"all_of_them"`
		OfRole     int    `db:"of_role"`
		OfDatabase int    `db:"of_database"`
	}
	c := ConnectionStats{ByClient: map[string]int{}}
	var err error
	if c.Capacity, err = store.ReadConnectionLimit(ctx, db); err != nil {
		return c, err
	}
	list, err := collect[count](ctx, db, "count connections", `
		SELECT coalesce(application_name, '') AS client, count(*) AS all_of_them,
			count(*) FILTER (WHERE usename = current_user) AS of_role,
			count(*) FILTER (WHERE datname = current_database()) AS of_database
		FROM pg_stat_activity
		WHERE backend_type = 'client backend' OR backend_type IS NULL
		GROUP BY 1`)
	for _, row := range list {
		switch c.Capacity.Setting {
		case store.RoleLimit:
			c.Used += row.OfRole
		case store.DatabaseLimit:
			c.Used += row.OfDatabase
		default:
			c.Used += row.All
		}
		c.ByClient[row.Client] = row.All
	}
	c.Aisle = c.ByClient["aisle"]
	return c, err
}

// A Transaction is a transaction that has been running for a long time.
type Transaction struct {
	PID    int           `db:"pid"     json:"pid"` // 0 for a prepared transaction
	Owner  string        `db:"who"     json:"who"` // role and application
	State  string        `db:"state"   json:"state"`
	Age    time.Duration `db:"age"     json:"age"`
	HasXID bool          `db:"written" json:"written"` // it has a transaction id, so it delays the event log
}

// ListOldTransactions returns the transactions that began before a time, including prepared ones: first those that have
// written, then by age. Only a role with pg_read_all_stats sees those of other roles.
func ListOldTransactions(ctx context.Context, db store.DB, before, now time.Time) ([]Transaction, error) {
	return collect[Transaction](ctx, db, "list old transactions", `
		SELECT pid, usename || ' (' || coalesce(nullif(application_name, ''), 'no name') || ')' AS who,
			coalesce(state, 'unknown') AS state, $2::timestamptz - xact_start AS age, backend_xid IS NOT NULL AS written
		FROM pg_stat_activity
		WHERE xact_start < $1::timestamptz AND backend_type = 'client backend' AND pid <> pg_backend_pid()
		UNION ALL
		SELECT 0, owner || ' (prepared as ' || gid || ')', 'prepared', $2::timestamptz - prepared, true
		FROM pg_prepared_xacts
		WHERE prepared < $1::timestamptz
		ORDER BY written DESC, age DESC
		LIMIT 20`, before, now)
}

// An Activity is a row of pg_stat_activity. Its statement is as it was sent: the caller must redact the values.
type Activity struct {
	PID         int        `db:"pid"          json:"pid"`
	Role        string     `db:"role"         json:"role"`
	Application string     `db:"application"  json:"application"`
	BackendType string     `db:"kind"         json:"kind"`
	State       string     `db:"state"        json:"state"`
	WaitsFor    string     `db:"waits_for"    json:"waitsFor"`
	BlockedBy   []int32    `db:"blocked_by"   json:"blockedBy"`
	Transaction *time.Time `db:"transaction"  json:"transaction"` // when it began; nil for none
	Since       *time.Time `db:"since"        json:"since"`       // when the state began
	Statement   string     `db:"statement"    json:"statement"`
}

// ListActivity returns the activity of all connections, oldest transaction first.
func ListActivity(ctx context.Context, db store.DB) ([]Activity, error) {
	return collect[Activity](ctx, db, "list activity", `
		SELECT pid, coalesce(usename, '') AS role, coalesce(application_name, '') AS application, coalesce(backend_type, '') AS kind,
			coalesce(state, '') AS state, coalesce(wait_event_type || ' ' || wait_event, '') AS waits_for,
			pg_blocking_pids(pid) AS blocked_by, xact_start AS transaction, state_change AS since, coalesce(query, '') AS statement
		FROM pg_stat_activity
		ORDER BY xact_start NULLS LAST, pid
		LIMIT 1000`)
}

// A Lock is a lock that a connection holds or waits for.
type Lock struct {
	PID      int        `db:"pid"     json:"pid"`
	Kind     string     `db:"kind"    json:"kind"`
	Relation string     `db:"of"      json:"of"` // table or index; empty for other locks
	Mode     string     `db:"mode"    json:"mode"`
	Granted  bool       `db:"granted" json:"granted"`
	Since    *time.Time `db:"since"   json:"since"` // when the wait began
}

// ListLocks returns the locks in this database, those that are waited for first.
func ListLocks(ctx context.Context, db store.DB) ([]Lock, error) {
	return collect[Lock](ctx, db, "list locks", `
		SELECT coalesce(l.pid, 0) AS pid, l.locktype AS kind, coalesce(l.relation::regclass::text, '') AS of,
			l.mode, l.granted, l.waitstart AS since
		FROM pg_locks AS l
		WHERE l.database IS NULL OR l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
		ORDER BY l.granted, l.waitstart, l.pid
		LIMIT 2000`)
}

// A ReplicationStatus describes how far a replica is behind its primary.
type ReplicationStatus struct {
	InRecovery bool          // false if the server is not a replica
	Lag        time.Duration // since the last replayed commit, or the server's start; 0 if all is replayed and the WAL receiver runs
	ReplayLSN  string        // WAL position
}

// ReadReplicationStatus reads the status from a replica.
func ReadReplicationStatus(ctx context.Context, db store.DB) (r ReplicationStatus, err error) {
	err = db.QueryRow(ctx, `
		SELECT pg_is_in_recovery(),
			CASE WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() AND EXISTS (SELECT FROM pg_stat_wal_receiver)
				THEN interval '0'
				ELSE clock_timestamp() - coalesce(pg_last_xact_replay_timestamp(), pg_postmaster_start_time()) END,
			coalesce(pg_last_wal_replay_lsn()::text, '')`).Scan(&r.InRecovery, &r.Lag, &r.ReplayLSN)
	if err != nil {
		return ReplicationStatus{}, fmt.Errorf("read the replication status: %w", err)
	}
	return r, nil
}
