package doctor

import (
	"context"
	"fmt"
	"time"

	"aisle/store"
	"aisle/store/pgstats"
	"aisle/store/postgres"
)

// large is how many rows a table has whose indexes and dead rows matter.
const large = 10_000

// missingIndexes compares the indexes with those that the migrations make.
func (d *Doctor) missingIndexes(ctx context.Context, db store.DB) (Finding, error) {
	list, err := pgstats.ListIndexes(ctx, db)
	if err != nil {
		return Finding{}, err
	}
	has := map[string]bool{}
	var broken, missing []string
	for _, index := range list {
		has[index.Name] = true
		if !index.Valid {
			broken = append(broken, index.Name)
		}
	}
	wanted, err := postgres.MigrationIndexes()
	if err != nil {
		return Finding{}, err
	}
	for _, name := range wanted {
		if !has[name] {
			missing = append(missing, name)
		}
	}
	switch {
	case len(missing) > 0:
		return fault("Indexes are missing: "+some(missing)+".",
			"Make them as store/migrations has them, with CREATE INDEX CONCURRENTLY."), nil
	case len(broken) > 0:
		return fault("Indexes are not valid, and nobody reads them: "+some(broken)+".",
			"REINDEX INDEX CONCURRENTLY each of them."), nil
	default:
		return ok("All %d indexes of the migrations are there.", len(wanted)), nil
	}
}

// unusedIndexes looks for indexes of large tables that nothing has read for a week.
func (d *Doctor) unusedIndexes(ctx context.Context, db store.DB) (Finding, error) {
	const week = 7 * 24 * time.Hour
	since, err := pgstats.StatsResetAt(ctx, db)
	if err != nil {
		return Finding{}, err
	}
	age := d.config.Now().Sub(since)
	if age < week {
		return ok("PostgreSQL has counted for %s: after a week it is known which indexes nobody reads.", brief(age)), nil
	}
	list, err := pgstats.ListIndexes(ctx, db)
	if err != nil {
		return Finding{}, err
	}
	var unused []string
	for _, index := range list {
		if index.Scans == 0 && !index.Unique && index.Rows >= large {
			unused = append(unused, fmt.Sprintf("%s (%d MiB)", index.Name, index.Bytes>>20))
		}
	}
	if len(unused) > 0 {
		return warn(fmt.Sprintf("Nothing has read these indexes for %d days: %s.", int(age.Hours()/24), some(unused)),
			"They cost each write. When no replica reads them either, take them out in a migration."), nil
	}
	return ok("Each index of a large table was read within %d days.", int(age.Hours()/24)), nil
}

func (d *Doctor) deadRows(ctx context.Context, db store.DB) (Finding, error) {
	const muchShare, times = 0.2, 2
	list, err := pgstats.ListDeadTupleTables(ctx, db)
	if err != nil {
		return Finding{}, err
	}
	var off, behind []string
	for _, t := range list {
		if !t.AutovacuumEnabled {
			off = append(off, t.Name)
		}
		if t.Dead >= large && (float64(t.Dead) > muchShare*float64(t.Live+t.Dead) || t.Dead > times*t.AutovacuumThreshold) {
			when := "never"
			if t.LastVacuum != nil {
				when = brief(d.config.Now().Sub(*t.LastVacuum)) + " ago"
			}
			behind = append(behind, fmt.Sprintf("%s has %d dead rows beside %d, vacuumed %s", t.Name, t.Dead, t.Live, when))
		}
	}
	switch {
	case len(off) > 0:
		return fault("Autovacuum is off for "+some(off)+".",
			"Turn autovacuum on: tables grow without it, and at last PostgreSQL stops writing."), nil
	case len(behind) > 0:
		return warn("Autovacuum is behind: "+some(behind)+".",
			"End long transactions; lower autovacuum_vacuum_scale_factor and raise autovacuum_vacuum_cost_limit; VACUUM (ANALYZE) it now."), nil
	default:
		return ok("No table has many dead rows."), nil
	}
}

func (d *Doctor) wraparound(ctx context.Context, db store.DB) (Finding, error) {
	age, err := pgstats.TransactionIDAge(ctx, db)
	return judgeAge(age), err
}

func judgeAge(age int64) Finding {
	const old, tooOld = 500_000_000, 1_500_000_000
	says := fmt.Sprintf("The oldest transaction id in use is %d million old.", age/1_000_000)
	const remedy = "VACUUM (FREEZE) the oldest tables, and see what keeps autovacuum from it: at 2,000 million PostgreSQL stops writing."
	switch {
	case age > tooOld:
		return fault(says, remedy)
	case age > old:
		return warn(says, remedy)
	default:
		return ok("%s", says)
	}
}
