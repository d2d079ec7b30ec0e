package doctor

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"
	"golang.org/x/sync/errgroup"
)

// Run runs all checks, each with its own timeout, and returns their findings in the order of the table. A check that cannot
// be made is a finding, too.
func (d *Doctor) Run(ctx context.Context) []Finding {
	checks := d.checks()
	found := make([]Finding, len(checks))
	var group errgroup.Group
	group.SetLimit(maxConcurrent)
	for i, c := range checks {
		group.Go(func() error {
			found[i] = d.run(ctx, c)
			return nil
		})
	}
	_ = group.Wait() // nothing fails
	return found
}

func (d *Doctor) run(ctx context.Context, c check) Finding {
	ctx, cancel := context.WithTimeout(ctx, d.config.Timeout)
	defer cancel()
	f, err := c.run(ctx)
	if err != nil {
		f = notChecked(err)
	}
	f.Check = c.name
	return f
}

// Error codes of PostgreSQL.
const (
	insufficientPrivilege = "42501"
	undefinedTable        = "42P01"
	undefinedColumn       = "42703"
	undefinedSchema       = "3F000"
)

// notChecked returns the finding of a check that failed with an error.
func notChecked(err error) Finding {
	code := new(pgconn.PgError)
	switch {
	case errors.Is(err, errNoDatabase):
		return warning("Not checked: PostgreSQL is unavailable.", "Resolve the finding of the check postgresql first.")
	case errors.Is(err, errNoRedis):
		return warning("Not checked: Redis is unavailable.", "Resolve the finding of the check redis first.")
	case errors.Is(err, context.DeadlineExceeded):
		return warning("Not checked: the check timed out.",
			"Run it again with a longer --timeout, or find out what keeps PostgreSQL or Redis busy.")
	case errors.As(err, &code) && code.Code == insufficientPrivilege:
		return warning(fmt.Sprintf("Not checked: the role lacks the privilege (%s).", code.Message),
			"Run GRANT pg_monitor, pg_read_all_data TO the role, or use the role of the nodes.")
	case errors.As(err, &code) && (code.Code == undefinedTable || code.Code == undefinedSchema || code.Code == undefinedColumn):
		return warning(fmt.Sprintf("Not checked: the schema of the database is of another version (%s).", code.Message),
			"Resolve the finding of the check migrations first.")
	default:
		return warning(fmt.Sprintf("Not checked: %v.", err), "Resolve the error and run the doctor again.")
	}
}
