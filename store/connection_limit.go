package store

import (
	"context"
	"fmt"
)

// MinConns is the smallest size of a pool: a lock holds one connection (see Locker), and its function needs another.
const MinConns = 2

// The settings that bound the connections.
const (
	ServerLimit   = "max_connections"
	RoleLimit     = "the CONNECTION LIMIT of the role"
	DatabaseLimit = "the CONNECTION LIMIT of the database"
)

// A ConnectionLimit is the number of connections that PostgreSQL allows to the current role and database.
type ConnectionLimit struct {
	Setting  string // that bounds them
	Max      int    // value of the setting
	Reserved int    // how many of Max are reserved for superusers
}

// Available returns how many connections may be open at the same time.
func (c ConnectionLimit) Available() int { return c.Max - c.Reserved }

// String describes the limit.
func (c ConnectionLimit) String() string {
	if c.Reserved == 0 {
		return fmt.Sprintf("%s is %d", c.Setting, c.Max)
	}
	return fmt.Sprintf("%s is %d, of which %d are reserved", c.Setting, c.Max, c.Reserved)
}

// ReadConnectionLimit returns the lowest of the limits of the server, the role and the database.
func ReadConnectionLimit(ctx context.Context, db DB) (ConnectionLimit, error) {
	var server, reserved, role, database int
	// reserved_connections exists since PostgreSQL 16. The limits of roles and databases do not bind a superuser.
	err := db.QueryRow(ctx, `
		SELECT
			current_setting('max_connections')::integer,
			current_setting('superuser_reserved_connections')::integer
				+ coalesce(current_setting('reserved_connections', true)::integer, 0),
			CASE WHEN r.rolsuper THEN -1 ELSE r.rolconnlimit END,
			CASE WHEN r.rolsuper THEN -1 ELSE d.datconnlimit END
		FROM pg_roles AS r, pg_database AS d
		WHERE r.rolname = current_user AND d.datname = current_database()`).Scan(&server, &reserved, &role, &database)
	if err != nil {
		return ConnectionLimit{}, fmt.Errorf("read the limit of connections: %w", err)
	}
	limit := ConnectionLimit{ServerLimit, server, reserved}
	if role >= 0 && role < limit.Available() {
		limit = ConnectionLimit{RoleLimit, role, 0}
	}
	if database >= 0 && database < limit.Available() {
		limit = ConnectionLimit{DatabaseLimit, database, 0}
	}
	return limit, nil
}
