package store

import (
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

const insertEvent = `
INSERT INTO events.event (id, type, store_id, region_id, everyone, personal, subject_id, actor_id, occurred_at, data)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
RETURNING xid, seq`

// insertEvents inserts many events. insertEvent is faster for one: an array costs PostgreSQL more than a value.
const insertEvents = `
INSERT INTO events.event (id, type, store_id, region_id, everyone, personal, subject_id, actor_id, occurred_at, data)
SELECT e.id, e.type, e.store_id, e.region_id, e.everyone, e.personal, e.subject_id, $8, $9, e.data::jsonb
FROM unnest($1::uuid [], $2::text [], $3::uuid [], $4::uuid [], $5::boolean [], $6::boolean [], $7::uuid [], $10::text [])
    AS e (id, type, store_id, region_id, everyone, personal, subject_id, data)
RETURNING xid, seq`

// queueEvents writes the events of a command in their order. newest becomes the position of the last one.
func queueEvents(tx *Tx, newest *Position) error {
	switch len(tx.events) {
	case 0:
		return nil
	case 1:
		return queueEvent(tx.conn.deferred, insertEvent, tx, newest)
	}
	n := len(tx.events)
	ids, types, subjects := make([]uuid.UUID, n), make([]string, n), make([]uuid.UUID, n)
	stores, regions := make([]*uuid.UUID, n), make([]*uuid.UUID, n)
	everyone, personal, data := make([]bool, n), make([]bool, n), make([]string, n)
	for i, e := range tx.events {
		encoded, err := e.encode()
		if err != nil {
			return err
		}
		ids[i], types[i], subjects[i] = NewID(), string(e.Type), e.SubjectID
		stores[i], regions[i] = pointer(e.StoreID), pointer(e.RegionID)
		everyone[i], personal[i], data[i] = e.Everyone, e.Personal, string(encoded)
	}
	tx.conn.deferred.Queue(
		insertEvents, ids, types, stores, regions, everyone, personal, subjects, pointer(tx.ActorID), tx.Now, data,
	).Query(func(rows pgx.Rows) error {
		var each Position
		_, err := pgx.ForEachRow(rows, []any{&each.XID, &each.Seq}, func() error {
			if newest.Before(each) {
				*newest = each
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("write events: %w", err)
		}
		return nil
	})
	return nil
}

// queueEvent writes the only event of a command. The statement contains insertEvent, and may have more arguments.
func queueEvent(batch *pgx.Batch, sql string, tx *Tx, newest *Position, more ...any) error {
	e := tx.events[0]
	encoded, err := e.encode()
	if err != nil {
		return err
	}
	batch.Queue(sql, append([]any{
		NewID(), string(e.Type), e.StoreID, e.RegionID, e.Everyone, e.Personal, e.SubjectID, tx.ActorID, tx.Now, encoded,
	}, more...)...).QueryRow(func(row pgx.Row) error {
		if err := row.Scan(&newest.XID, &newest.Seq); err != nil {
			return fmt.Errorf("write an event: %w", err)
		}
		return nil
	})
	return nil
}

// pointer converts an id for an array of nullable ids.
func pointer(id uuid.NullUUID) *uuid.UUID {
	if !id.Valid {
		return nil
	}
	return &id.UUID
}
