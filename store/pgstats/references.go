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

// A Reference is a column with ids of another module's rows. It has no foreign key, because modules do not know each other.
type Reference struct {
	Table, Column string   // with schema
	Owners        []string // with schemas; the id is in one of these tables
}

// The tables that other modules refer to.
const (
	ofStore    = "stores.store"
	ofRegion   = "stores.region"
	ofEmployee = "staff.employee"
	ofProduct  = "catalog.product"
	ofPartner  = "partners.partner"
)

// References returns all references. A test compares them with the migrations.
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

// Orphans are ids in a reference's column whose owner does not exist.
type Orphans struct {
	Reference

	IDs             []uuid.UUID
	SampledFraction float64 // of the table's rows; 1 for all
}

// sampleRows is about how many rows of a table are checked.
const sampleRows = 100_000

// FindOrphans checks a table of up to 100,000 rows, or a random sample of a larger one. It reads the ids from one module and
// looks them up in the other, with separate statements.
func FindOrphans(ctx context.Context, db store.DB, r Reference) (Orphans, error) {
	o := Orphans{Reference: r, SampledFraction: 1}
	var count float64
	err := db.QueryRow(ctx, `
		SELECT coalesce(sum(greatest(c.reltuples, 0)), 0)::float
		FROM pg_partition_tree($1::text::regclass) AS p JOIN pg_class AS c ON c.oid = p.relid
		WHERE p.isleaf`, r.Table).Scan(&count)
	if err != nil {
		return o, fmt.Errorf("estimate the rows of %s: %w", r.Table, err)
	}
	if count > sampleRows {
		o.SampledFraction = sampleRows / count
	}
	if o.IDs, err = listReferencedIDs(ctx, db, r, o.SampledFraction); err != nil {
		return o, err
	}
	for _, owner := range r.Owners {
		if o.IDs, err = findMissing(ctx, db, owner, o.IDs); err != nil {
			return o, err
		}
	}
	return o, nil
}

// listReferencedIDs returns the distinct ids in a column.
func listReferencedIDs(ctx context.Context, db store.DB, r Reference, share float64) ([]uuid.UUID, error) {
	column := pgx.Identifier{r.Column}.Sanitize()
	value := column
	if strings.HasSuffix(r.Column, "_ids") {
		value = "unnest(" + column + ")"
	}
	found, err := db.Query(ctx, fmt.Sprintf("SELECT DISTINCT %s FROM %s TABLESAMPLE SYSTEM (%g) WHERE %s IS NOT NULL",
		value, tableName(r.Table), share*100, column))
	if err != nil {
		return nil, fmt.Errorf("read ids in %s of %s: %w", r.Column, r.Table, err)
	}
	ids, err := pgx.CollectRows(found, pgx.RowTo[uuid.UUID])
	if err != nil {
		return nil, fmt.Errorf("%s: %w", "read ids in "+r.Column+" of "+r.Table, err)
	}
	return ids, nil
}

// findMissing returns the ids that a table does not have.
func findMissing(ctx context.Context, db store.DB, table string, ids []uuid.UUID) (missing []uuid.UUID, err error) {
	const chunkSize = 10_000
	for chunk := range slices.Chunk(ids, chunkSize) {
		rows, err := db.Query(ctx, `
			SELECT i FROM unnest($1::uuid []) AS i WHERE NOT EXISTS (SELECT FROM `+tableName(table)+` AS t WHERE t.id = i)`, chunk)
		if err != nil {
			return nil, fmt.Errorf("look up ids in %s: %w", table, err)
		}
		found, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
		if err != nil {
			return nil, fmt.Errorf("look up ids in %s: %w", table, err)
		}
		missing = append(missing, found...)
	}
	return missing, nil
}

func tableName(table string) string { return pgx.Identifier(strings.SplitN(table, ".", 2)).Sanitize() }
