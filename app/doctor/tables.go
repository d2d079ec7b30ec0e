package doctor

import (
	"context"
	"fmt"
	"time"

	"aisle/store"
	"aisle/store/pgstats"
	"aisle/store/postgres"
)

// largeTableRows is the number of rows above which unused indexes and dead rows are reported.
const largeTableRows = 10_000

// checkMissingIndexes compares the indexes with those that the migrations create.
func (d *Doctor) checkMissingIndexes(ctx context.Context, db store.DB) (Finding, error) {
	list, err := pgstats.ListIndexes(ctx, db)
	if err != nil {
		return Finding{}, err
	}
	exists := map[string]bool{}
	var invalid, missing []string
	for _, index := range list {
		exists[index.Name] = true
		if !index.Valid {
			invalid = append(invalid, index.Name)
		}
	}
	expected, err := postgres.MigrationIndexes()
	if err != nil {
		return Finding{}, err
	}
	for _, name := range expected {
		if !exists[name] {
			missing = append(missing, name)
		}
	}
	switch {
	case len(missing) > 0:
		return critical("Indexes are missing: "+joinFirst(missing)+".",
			"Create them with CREATE INDEX CONCURRENTLY, as in store/migrations."), nil
	case len(invalid) > 0:
		return critical("Indexes are invalid and not used: "+joinFirst(invalid)+".",
			"Run REINDEX INDEX CONCURRENTLY for each of them."), nil
	default:
		return ok("All %d indexes of the migrations exist.", len(expected)), nil
	}
}

// checkUnusedIndexes looks for indexes of large tables that were not scanned for a week.
func (d *Doctor) checkUnusedIndexes(ctx context.Context, db store.DB) (Finding, error) {
	const week = 7 * 24 * time.Hour
	since, err := pgstats.StatsResetAt(ctx, db)
	if err != nil {
		return Finding{}, err
	}
	age := d.config.Now().Sub(since)
	if age < week {
		return ok("PostgreSQL has collected statistics for %s; unused indexes are reported after a week.", formatDuration(age)), nil
	}
	list, err := pgstats.ListIndexes(ctx, db)
	if err != nil {
		return Finding{}, err
	}
	var unused []string
	for _, index := range list {
		if index.Scans == 0 && !index.Unique && index.Rows >= largeTableRows {
			unused = append(unused, fmt.Sprintf("%s (%d MiB)", index.Name, index.Bytes>>20))
		}
	}
	if len(unused) > 0 {
		return warning(fmt.Sprintf("These indexes were not scanned for %d days: %s.", int(age.Hours()/24), joinFirst(unused)),
			"They slow down writes. If the replicas do not scan them either, drop them in a migration."), nil
	}
	return ok("Each index of a large table was scanned within %d days.", int(age.Hours()/24)), nil
}

func (d *Doctor) checkDeadRows(ctx context.Context, db store.DB) (Finding, error) {
	const maxDeadRatio, thresholdFactor = 0.2, 2
	list, err := pgstats.ListDeadTupleTables(ctx, db)
	if err != nil {
		return Finding{}, err
	}
	var disabled, behind []string
	for _, t := range list {
		if !t.AutovacuumEnabled {
			disabled = append(disabled, t.Name)
		}
		if t.Dead >= largeTableRows && (float64(t.Dead) > maxDeadRatio*float64(t.Live+t.Dead) || t.Dead > thresholdFactor*t.AutovacuumThreshold) {
			when := "never"
			if t.LastVacuum != nil {
				when = formatDuration(d.config.Now().Sub(*t.LastVacuum)) + " ago"
			}
			behind = append(behind, fmt.Sprintf("%s has %d dead and %d live rows, last vacuumed %s", t.Name, t.Dead, t.Live, when))
		}
	}
	switch {
	case len(disabled) > 0:
		return critical("Autovacuum is off for "+joinFirst(disabled)+".",
			"Turn autovacuum on: without it, tables grow, and PostgreSQL finally stops accepting writes."), nil
	case len(behind) > 0:
		return warning("Autovacuum is behind: "+joinFirst(behind)+".",
			"End long transactions, lower autovacuum_vacuum_scale_factor, raise autovacuum_vacuum_cost_limit, "+
				"and run VACUUM (ANALYZE) on these tables."), nil
	default:
		return ok("No table has many dead rows."), nil
	}
}

func (d *Doctor) checkWraparound(ctx context.Context, db store.DB) (Finding, error) {
	age, err := pgstats.TransactionIDAge(ctx, db)
	return judgeTransactionIDAge(age), err
}

func judgeTransactionIDAge(age int64) Finding {
	const warningAge, criticalAge = 500_000_000, 1_500_000_000
	message := fmt.Sprintf("The oldest transaction ID in use is %d million transactions old.", age/1_000_000)
	const remedy = "Run VACUUM (FREEZE) on the oldest tables, and find out what blocks autovacuum: " +
		"at 2,000 million, PostgreSQL stops accepting writes."
	switch {
	case age > criticalAge:
		return critical(message, remedy)
	case age > warningAge:
		return warning(message, remedy)
	default:
		return ok("%s", message)
	}
}
