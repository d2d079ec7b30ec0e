-- A scope sees the whole chain, the stores of one region, or single stores; every query says so in its WHERE.
-- A store is read together with its region, and with the position of the database's log that it was read at.

-- name: regionsByID :many
SELECT *
FROM stores.region
WHERE id = ANY (@ids::uuid [])
    AND (@scope_all::boolean OR id = sqlc.narg('scope_region')::uuid);

-- name: regionPage :many
SELECT *
FROM stores.region
WHERE (@scope_all::boolean OR id = sqlc.narg('scope_region')::uuid)
    AND (sqlc.narg('after_code')::text IS NULL OR code > sqlc.narg('after_code'))
ORDER BY code
LIMIT @row_limit;

-- name: countRegions :one
SELECT count(*)
FROM stores.region
WHERE (@scope_all::boolean OR id = sqlc.narg('scope_region')::uuid);

-- name: storeIDsOfRegion :many
SELECT id
FROM stores.store
WHERE region_id = @region_id;

-- name: storesByID :many
SELECT sqlc.embed(s), sqlc.embed(r), pg_snapshot_xmin(pg_current_snapshot())::text AS position
FROM stores.store AS s
INNER JOIN stores.region AS r ON r.id = s.region_id
WHERE s.id = ANY (@ids::uuid [])
    AND (@scope_all::boolean OR s.id = ANY (@scope_stores::uuid []));

-- name: storePage :many
SELECT sqlc.embed(s), sqlc.embed(r), pg_snapshot_xmin(pg_current_snapshot())::text AS position
FROM stores.store AS s
INNER JOIN stores.region AS r ON r.id = s.region_id
WHERE (@scope_all::boolean OR s.id = ANY (@scope_stores::uuid []))
    AND (sqlc.narg('region_id')::uuid IS NULL OR s.region_id = sqlc.narg('region_id'))
    AND (sqlc.narg('status')::text IS NULL OR s.status = sqlc.narg('status'))
    AND (sqlc.narg('pattern')::text IS NULL OR (s.code || ' ' || s.name || ' ' || s.city) ILIKE sqlc.narg('pattern'))
    AND (sqlc.narg('after_code')::text IS NULL OR s.code > sqlc.narg('after_code'))
ORDER BY s.code
LIMIT @row_limit;

-- name: countStores :one
SELECT count(*)
FROM stores.store AS s
WHERE (@scope_all::boolean OR s.id = ANY (@scope_stores::uuid []))
    AND (sqlc.narg('region_id')::uuid IS NULL OR s.region_id = sqlc.narg('region_id'))
    AND (sqlc.narg('status')::text IS NULL OR s.status = sqlc.narg('status'))
    AND (sqlc.narg('pattern')::text IS NULL OR (s.code || ' ' || s.name || ' ' || s.city) ILIKE sqlc.narg('pattern'));

-- name: storePagesOfRegions :many
SELECT sqlc.embed(s), sqlc.embed(r), pg_snapshot_xmin(pg_current_snapshot())::text AS position
FROM unnest(@region_ids::uuid []) AS parent (region_id)
CROSS JOIN LATERAL (
    SELECT p.id
    FROM stores.store AS p
    WHERE p.region_id = parent.region_id
        AND (@scope_all::boolean OR p.id = ANY (@scope_stores::uuid []))
        AND (sqlc.narg('status')::text IS NULL OR p.status = sqlc.narg('status'))
        AND (
            sqlc.narg('pattern')::text IS NULL
            OR (p.code || ' ' || p.name || ' ' || p.city) ILIKE sqlc.narg('pattern')
        )
        AND (sqlc.narg('after_code')::text IS NULL OR p.code > sqlc.narg('after_code'))
    ORDER BY p.code
    LIMIT @row_limit
) AS page
INNER JOIN stores.store AS s ON s.id = page.id
INNER JOIN stores.region AS r ON r.id = s.region_id
ORDER BY s.region_id, s.code;

-- name: countStoresOfRegions :many
SELECT s.region_id, count(*) AS total
FROM stores.store AS s
WHERE s.region_id = ANY (@region_ids::uuid [])
    AND (@scope_all::boolean OR s.id = ANY (@scope_stores::uuid []))
    AND (sqlc.narg('status')::text IS NULL OR s.status = sqlc.narg('status'))
    AND (sqlc.narg('pattern')::text IS NULL OR (s.code || ' ' || s.name || ' ' || s.city) ILIKE sqlc.narg('pattern'))
GROUP BY s.region_id;

-- name: CopyRegions :copyfrom
INSERT INTO stores.region (id, code, name, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5);

-- name: CopyStores :copyfrom
INSERT INTO stores.store (
    id, region_id, code, name, format, status, address, city, state, postal_code, country,
    latitude, longitude, timezone, opening_hours, created_at, updated_at
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17);
