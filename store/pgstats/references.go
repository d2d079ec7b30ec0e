package pgstats

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"aisle/store"
)

// Reference is a column with ids of another module's rows. No foreign key holds it, because modules do not know each other.
type Reference struct {
	Table, Column string   // the table with its schema
	Owners        []string // tables with their schemas: the id is in one of them
}

// The tables that other modules refer to.
const (
	ofStore    = "stores.store"
	ofRegion   = "stores.region"
	ofEmployee = "staff.employee"
	ofProduct  = "catalog.product"
	ofPartner  = "partners.partner"
)

// References are all of them; a test compares them with the migrations.
func References() []Reference {
	refer := func(column, table string, owners ...string) Reference { return Reference{table, column, owners} }
	return []Reference{
		refer("store_id", "staff.employee", ofStore),
		refer("region_id", "staff.employee", ofRegion),
		refer("store_id", "catalog.price", ofStore),
		refer("store_id", "inventory.stock", ofStore),
		refer("product_id", "inventory.stock", ofProduct),
		refer("store_id", "inventory.lot", ofStore),
		refer("product_id", "inventory.lot", ofProduct),
		refer("store_id", "inventory.movement", ofStore),
		refer("product_id", "inventory.movement", ofProduct),
		refer("actor_id", "inventory.movement", ofEmployee, ofPartner),
		refer("store_id", "tasks.task", ofStore),
		refer("assignee_id", "tasks.task", ofEmployee),
		refer("product_id", "tasks.task", ofProduct),
		refer("done_by_id", "tasks.step", ofEmployee),
		refer("author_id", "tasks.comment", ofEmployee),
		refer("store_id", "tasks.workload", ofStore),
		refer("store_id", "kpis.store", ofStore),
		refer("employee_id", "access.credential", ofEmployee),
		refer("employee_id", "access.session", ofEmployee),
		refer("at_store_id", "access.revocation", ofStore),
		refer("at_region_id", "access.revocation", ofRegion),
		refer("store_id", "events.event", ofStore),
		refer("region_id", "events.event", ofRegion),
		refer("actor_id", "events.event", ofEmployee, ofPartner),
		refer("actor_id", "events.command", ofEmployee, ofPartner),
		refer("store_id", "feedback.feedback", ofStore),
		refer("actor_id", "feedback.feedback", ofEmployee, ofPartner),
		refer("store_ids", "partners.partner", ofStore),
		refer("requested_by", "fleet.restart", ofEmployee),
	}
}

// Orphans are the ids in a reference's column whose owner does not exist.
type Orphans struct {
	Reference

	IDs             []uuid.UUID
	SampledFraction float64 // of the table that was looked at, 1 is all
}

// sample is how many rows of a table are looked at, about.
const sample = 100_000

// FindOrphans looks for them: in the whole of a table of up to 100,000 rows, in that many of a larger one, wherever they are on disk. The
// ids are read from the one module and looked for in the other, by a statement each.
func FindOrphans(ctx context.Context, db store.DB, r Reference) (Orphans, error) {
	o := Orphans{Reference: r, SampledFraction: 1}
	var count float64
	err := db.QueryRow(ctx, `
		SELECT coalesce(sum(greatest(c.reltuples, 0)), 0)::float
		FROM pg_partition_tree($1::text::regclass) AS p JOIN pg_class AS c ON c.oid = p.relid
		WHERE p.isleaf`, r.Table).Scan(&count)
	if err != nil {
		return o, fmt.Errorf("the size of %s: %w", r.Table, err)
	}
	if count > sample {
		o.SampledFraction = sample / count
	}
	if o.IDs, err = referred(ctx, db, r, o.SampledFraction); err != nil {
		return o, err
	}
	for _, owner := range r.Owners {
		if o.IDs, err = missing(ctx, db, owner, o.IDs); err != nil {
			return o, err
		}
	}
	return o, nil
}

// referred reads the ids in a column.
func referred(ctx context.Context, db store.DB, r Reference, share float64) ([]uuid.UUID, error) {
	column := pgx.Identifier{r.Column}.Sanitize()
	value := column
	if strings.HasSuffix(r.Column, "_ids") {
		value = "unnest(" + column + ")"
	}
	found, err := db.Query(ctx, fmt.Sprintf("SELECT DISTINCT %s FROM %s TABLESAMPLE SYSTEM (%g) WHERE %s IS NOT NULL",
		value, tableName(r.Table), share*100, column))
	if err != nil {
		return nil, fmt.Errorf("the ids in %s of %s: %w", r.Column, r.Table, err)
	}
	ids, err := pgx.CollectRows(found, pgx.RowTo[uuid.UUID])
	return ids, store.Wrap("the ids in "+r.Column+" of "+r.Table, err)
}

// missing are those of the ids that a table does not have.
func missing(ctx context.Context, db store.DB, table string, ids []uuid.UUID) (none []uuid.UUID, err error) {
	const batch = 10_000
	for some := range slices.Chunk(ids, batch) {
		found, err := db.Query(ctx, `
			SELECT i FROM unnest($1::uuid []) AS i WHERE NOT EXISTS (SELECT FROM `+tableName(table)+` AS t WHERE t.id = i)`, some)
		if err != nil {
			return nil, fmt.Errorf("ids of %s: %w", table, err)
		}
		left, err := pgx.CollectRows(found, pgx.RowTo[uuid.UUID])
		if err != nil {
			return nil, fmt.Errorf("ids of %s: %w", table, err)
		}
		none = append(none, left...)
	}
	return none, nil
}

func tableName(table string) string { return pgx.Identifier(strings.SplitN(table, ".", 2)).Sanitize() }
