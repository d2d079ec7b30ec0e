package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// What bounds the connections.
const (
	ServerLimit   = "max_connections"
	RoleLimit     = "the CONNECTION LIMIT of the role"
	DatabaseLimit = "the CONNECTION LIMIT of the database"
)

// ConnectionLimit is how many connections a PostgreSQL has for us.
type ConnectionLimit struct {
	Setting  string // what bounds them
	Max      int    // as it is set
	Reserved int    // of which these are not for us
}

// Available is how many may be open at once.
func (c ConnectionLimit) Available() int { return c.Max - c.Reserved }

// String says it in words.
func (c ConnectionLimit) String() string {
	if c.Reserved == 0 {
		return fmt.Sprintf("%s is %d", c.Setting, c.Max)
	}
	return fmt.Sprintf("%s is %d, of which %d are reserved", c.Setting, c.Max, c.Reserved)
}

// ReadConnectionLimit asks a database for its capacity: max_connections without what is reserved, or the limit of the role or of the
// database where one is set that is lower.
func ReadConnectionLimit(ctx context.Context, db DB) (ConnectionLimit, error) {
	var most, reserved, ofRole, ofDatabase int
	// reserved_connections is there since PostgreSQL 16. No limit binds a superuser.
	err := db.QueryRow(ctx, `
		SELECT
			current_setting('max_connections')::integer,
			current_setting('superuser_reserved_connections')::integer
				+ coalesce(current_setting('reserved_connections', true)::integer, 0),
			CASE WHEN r.rolsuper THEN -1 ELSE r.rolconnlimit END,
			CASE WHEN r.rolsuper THEN -1 ELSE d.datconnlimit END
		FROM pg_roles AS r, pg_database AS d
		WHERE r.rolname = current_user AND d.datname = current_database()`).Scan(&most, &reserved, &ofRole, &ofDatabase)
	if err != nil {
		return ConnectionLimit{}, fmt.Errorf("how many connections there are: %w", err)
	}
	c := ConnectionLimit{ServerLimit, most, reserved}
	if ofRole >= 0 && ofRole < c.Available() {
		c = ConnectionLimit{RoleLimit, ofRole, 0}
	}
	if ofDatabase >= 0 && ofDatabase < c.Available() {
		c = ConnectionLimit{DatabaseLimit, ofDatabase, 0}
	}
	return c, nil
}

// BehindPooler says that the URL tells of a pooler in front of PostgreSQL: the server's capacity is not what bounds this pool.
func (p *Pool) BehindPooler() bool {
	return p.Config().ConnConfig.DefaultQueryExecMode != pgx.QueryExecModeCacheStatement
}
