-- The order of the log is (xid, seq). An event is settled when its xid is below that of the oldest running transaction: no
-- event can commit before it any more.

-- The conditions for who may see an event are also in Filter.matches. A test compares them.

-- getBounds returns the log's bounds, and whether it has an event at the position.
-- name: getBounds :one
SELECT
    pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS xmax,
    h.xid AS horizon_xid,
    h.seq AS horizon_seq,
    EXISTS (SELECT FROM events.event AS e WHERE e.xid = @xid AND e.seq = @seq) AS known
FROM events.horizon AS h;

-- name: getLastPosition :one
SELECT e.xid, e.seq
FROM events.event AS e
WHERE e.xid < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
ORDER BY e.xid DESC, e.seq DESC
LIMIT 1;

-- listRecentEvents returns what the newest events up to a position are about, the newest first.
-- name: listRecentEvents :many
SELECT e.xid, e.seq, e.type, e.store_id, e.subject_id
FROM events.event AS e
WHERE (e.xid, e.seq) <= (@at_xid::bigint, @at_seq::bigint)
ORDER BY e.xid DESC, e.seq DESC
LIMIT @row_limit;

-- listTail returns the event at a position, and those after it.
-- name: listTail :many
SELECT sqlc.embed(e), (e.xid < pg_snapshot_xmin(pg_current_snapshot())::text::bigint)::boolean AS settled
FROM events.event AS e
WHERE (e.xid, e.seq) >= (@at_xid::bigint, @at_seq::bigint)
ORDER BY e.xid, e.seq
LIMIT @row_limit;

-- getPositionAfter returns the position of the settled event that follows a number of others after a position.
-- name: getPositionAfter :one
SELECT e.xid, e.seq
FROM events.event AS e
WHERE (e.xid, e.seq) > (@xid::bigint, @seq::bigint)
    AND e.xid < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
ORDER BY e.xid, e.seq
OFFSET @skipped LIMIT 1;

-- name: listEvents :many
SELECT e.*
FROM events.event AS e
WHERE (e.xid, e.seq) > (@after_xid::bigint, @after_seq::bigint)
    AND (sqlc.narg('until_xid')::bigint IS NULL OR (e.xid, e.seq) <= (sqlc.narg('until_xid'), sqlc.narg('until_seq')::bigint))
    AND e.xid < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
    AND (
        @scope_all::boolean OR e.store_id = ANY (@scope_stores::uuid []) OR e.everyone
        OR (@scope_whole_region::boolean AND e.region_id = sqlc.narg('scope_region')::uuid)
    )
    AND (NOT e.personal OR @scope_manages_staff::boolean OR e.subject_id = sqlc.narg('scope_employee')::uuid)
    AND (sqlc.narg('stores')::uuid [] IS NULL OR e.store_id = ANY (sqlc.narg('stores')))
    AND (sqlc.narg('types')::text [] IS NULL OR e.type = ANY (sqlc.narg('types')))
    AND e.type <> ALL (@excluded_types::text [])
ORDER BY e.xid, e.seq
LIMIT @row_limit;

-- listEventsByStore is listEvents for one store, in the order of that store's index.
-- name: listEventsByStore :many
SELECT e.*
FROM events.event AS e
WHERE e.store_id = @store_id
    AND (e.xid, e.seq) > (@after_xid::bigint, @after_seq::bigint)
    AND e.xid < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
    AND (
        @scope_all::boolean OR e.store_id = ANY (@scope_stores::uuid []) OR e.everyone
        OR (@scope_whole_region::boolean AND e.region_id = sqlc.narg('scope_region')::uuid)
    )
    AND (NOT e.personal OR @scope_manages_staff::boolean OR e.subject_id = sqlc.narg('scope_employee')::uuid)
    AND (sqlc.narg('types')::text [] IS NULL OR e.type = ANY (sqlc.narg('types')))
    AND e.type <> ALL (@excluded_types::text [])
ORDER BY e.xid, e.seq
LIMIT @row_limit;

-- name: createPartitions :one
SELECT events.make_partitions(@days_ahead);

-- listPartitions returns the tables of single days: attached, detaching, or detached and not dropped yet.
-- name: listPartitions :many
SELECT
    c.relname::text AS name,
    (i.inhrelid IS NOT NULL)::boolean AS attached,
    coalesce(i.inhdetachpending, false)::boolean AS detaching
FROM pg_catalog.pg_class AS c
LEFT JOIN pg_catalog.pg_inherits AS i ON i.inhrelid = c.oid
WHERE c.relnamespace = 'events'::regnamespace AND c.relkind = 'r' AND c.relname ~ '^event_[0-9]{8}$'
ORDER BY c.relname;

-- countUnsettled counts committed events that wait for an older transaction, up to 1,000, and returns when the oldest occurred.
-- name: countUnsettled :one
SELECT count(*) AS events, coalesce(min(w.occurred_at), now())::timestamptz AS since
FROM (
    SELECT e.occurred_at
    FROM events.event AS e
    WHERE e.xid >= pg_snapshot_xmin(pg_current_snapshot())::text::bigint
    ORDER BY e.xid, e.seq
    LIMIT 1000
) AS w;

-- name: advanceHorizon :exec
UPDATE events.horizon SET xid = @xid, seq = @seq WHERE (xid, seq) < (@xid, @seq);

-- name: deleteExpiredCommands :execrows
DELETE FROM events.command
WHERE (actor_id, key) IN (
    SELECT old.actor_id, old.key
    FROM events.command AS old
    WHERE old.created_at < @before
    ORDER BY old.created_at
    LIMIT @row_limit
);
