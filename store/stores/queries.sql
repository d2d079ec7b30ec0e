-- A scope includes the whole chain, the stores of one region, or single stores. Every query has the condition in its WHERE.
-- A store is read together with its region.

-- name: getRegions :many
SELECT *
FROM stores.region
WHERE id = ANY (@ids::uuid [])
    AND (@scope_all::boolean OR id = sqlc.narg('scope_region')::uuid);

-- name: getRegionsByCode :many
SELECT *
FROM stores.region
WHERE code = ANY (@codes::text [])
    AND (@scope_all::boolean OR id = sqlc.narg('scope_region')::uuid);

-- name: listRegions :many
SELECT *
FROM stores.region
WHERE (@scope_all::boolean OR id = sqlc.narg('scope_region')::uuid)
    AND (sqlc.narg('statuses')::text [] IS NULL OR status = ANY (sqlc.narg('statuses')))
    AND (sqlc.narg('pattern')::text IS NULL OR (code || ' ' || name) ILIKE sqlc.narg('pattern'))
    AND (sqlc.narg('after_code')::text IS NULL OR code > sqlc.narg('after_code'))
ORDER BY code
LIMIT @row_limit;

-- name: countRegions :one
SELECT count(*)
FROM stores.region
WHERE (@scope_all::boolean OR id = sqlc.narg('scope_region')::uuid)
    AND (sqlc.narg('statuses')::text [] IS NULL OR status = ANY (sqlc.narg('statuses')))
    AND (sqlc.narg('pattern')::text IS NULL OR (code || ' ' || name) ILIKE sqlc.narg('pattern'));

-- name: listStoreIDsByRegion :many
SELECT id
FROM stores.store
WHERE region_id = @region_id;

-- name: listStoreIDsByRegions :many
SELECT region_id, id
FROM stores.store
WHERE region_id = ANY (@region_ids::uuid [])
ORDER BY code;

-- name: getStores :many
SELECT sqlc.embed(s), sqlc.embed(r)
FROM stores.store AS s
INNER JOIN stores.region AS r ON r.id = s.region_id
WHERE s.id = ANY (@ids::uuid [])
    AND (@scope_all::boolean OR s.id = ANY (@scope_stores::uuid []));

-- The lists of stores run with plans of their own, in which the order is a constant. So each order uses an index.

-- name: listStores :many
SELECT sqlc.embed(s), sqlc.embed(r)
FROM stores.store AS s
INNER JOIN stores.region AS r ON r.id = s.region_id
WHERE (@scope_all::boolean OR s.id = ANY (@scope_stores::uuid []))
    AND (sqlc.narg('region_id')::uuid IS NULL OR s.region_id = sqlc.narg('region_id'))
    AND (sqlc.narg('statuses')::text [] IS NULL OR s.status = ANY (sqlc.narg('statuses')))
    AND (sqlc.narg('pattern')::text IS NULL OR (s.code || ' ' || s.name || coalesce(' ' || s.city, '')) ILIKE sqlc.narg('pattern'))
    AND (sqlc.narg('only_ids')::uuid [] IS NULL OR s.id = ANY (sqlc.narg('only_ids')))
    AND (sqlc.narg('except_ids')::uuid [] IS NULL OR s.id <> ALL (sqlc.narg('except_ids')))
    AND (
        sqlc.narg('after_key')::text IS NULL
        OR CASE @list_order::text
            WHEN 'CODE_ASC' THEN s.code > sqlc.narg('after_key')
            WHEN 'CODE_DESC' THEN s.code < sqlc.narg('after_key')
            WHEN 'NAME_ASC' THEN (s.name, s.id) > (sqlc.narg('after_key'), sqlc.narg('after_id')::uuid)
            WHEN 'NAME_DESC' THEN (s.name, s.id) < (sqlc.narg('after_key'), sqlc.narg('after_id')::uuid)
        END
    )
ORDER BY
    CASE WHEN @list_order = 'CODE_ASC' THEN s.code END,
    CASE WHEN @list_order = 'CODE_DESC' THEN s.code END DESC,
    CASE WHEN @list_order = 'NAME_ASC' THEN s.name END,
    CASE WHEN @list_order = 'NAME_DESC' THEN s.name END DESC,
    CASE WHEN @list_order = 'NAME_ASC' THEN s.id END,
    CASE WHEN @list_order = 'NAME_DESC' THEN s.id END DESC
LIMIT @row_limit;

-- name: countStores :one
SELECT count(*)
FROM stores.store AS s
WHERE (@scope_all::boolean OR s.id = ANY (@scope_stores::uuid []))
    AND (sqlc.narg('region_id')::uuid IS NULL OR s.region_id = sqlc.narg('region_id'))
    AND (sqlc.narg('statuses')::text [] IS NULL OR s.status = ANY (sqlc.narg('statuses')))
    AND (sqlc.narg('pattern')::text IS NULL OR (s.code || ' ' || s.name || coalesce(' ' || s.city, '')) ILIKE sqlc.narg('pattern'))
    AND (sqlc.narg('only_ids')::uuid [] IS NULL OR s.id = ANY (sqlc.narg('only_ids')))
    AND (sqlc.narg('except_ids')::uuid [] IS NULL OR s.id <> ALL (sqlc.narg('except_ids')));

-- name: listStoresByRegion :many
SELECT sqlc.embed(s), sqlc.embed(r)
FROM unnest(@region_ids::uuid []) AS parent (region_id)
CROSS JOIN LATERAL (
    SELECT p.id
    FROM stores.store AS p
    WHERE p.region_id = parent.region_id
        AND (sqlc.narg('region_id')::uuid IS NULL OR p.region_id = sqlc.narg('region_id'))
        AND (@scope_all::boolean OR p.id = ANY (@scope_stores::uuid []))
        AND (sqlc.narg('statuses')::text [] IS NULL OR p.status = ANY (sqlc.narg('statuses')))
        AND (
            sqlc.narg('pattern')::text IS NULL
            OR (p.code || ' ' || p.name || coalesce(' ' || p.city, '')) ILIKE sqlc.narg('pattern')
        )
        AND (sqlc.narg('only_ids')::uuid [] IS NULL OR p.id = ANY (sqlc.narg('only_ids')))
        AND (sqlc.narg('except_ids')::uuid [] IS NULL OR p.id <> ALL (sqlc.narg('except_ids')))
        AND (
            sqlc.narg('after_key')::text IS NULL
            OR CASE @list_order::text
                WHEN 'CODE_ASC' THEN p.code > sqlc.narg('after_key')
                WHEN 'CODE_DESC' THEN p.code < sqlc.narg('after_key')
                WHEN 'NAME_ASC' THEN (p.name, p.id) > (sqlc.narg('after_key'), sqlc.narg('after_id')::uuid)
                WHEN 'NAME_DESC' THEN (p.name, p.id) < (sqlc.narg('after_key'), sqlc.narg('after_id')::uuid)
            END
        )
    ORDER BY
        CASE WHEN @list_order = 'CODE_ASC' THEN p.code END,
        CASE WHEN @list_order = 'CODE_DESC' THEN p.code END DESC,
        CASE WHEN @list_order = 'NAME_ASC' THEN p.name END,
        CASE WHEN @list_order = 'NAME_DESC' THEN p.name END DESC,
        CASE WHEN @list_order = 'NAME_ASC' THEN p.id END,
        CASE WHEN @list_order = 'NAME_DESC' THEN p.id END DESC
    LIMIT @row_limit
) AS page
INNER JOIN stores.store AS s ON s.id = page.id
INNER JOIN stores.region AS r ON r.id = s.region_id
ORDER BY
    s.region_id,
    CASE WHEN @list_order = 'CODE_ASC' THEN s.code END,
    CASE WHEN @list_order = 'CODE_DESC' THEN s.code END DESC,
    CASE WHEN @list_order = 'NAME_ASC' THEN s.name END,
    CASE WHEN @list_order = 'NAME_DESC' THEN s.name END DESC,
    CASE WHEN @list_order = 'NAME_ASC' THEN s.id END,
    CASE WHEN @list_order = 'NAME_DESC' THEN s.id END DESC;

-- name: countStoresByRegion :many
SELECT s.region_id, count(*) AS total
FROM stores.store AS s
WHERE s.region_id = ANY (@region_ids::uuid [])
    AND (sqlc.narg('region_id')::uuid IS NULL OR s.region_id = sqlc.narg('region_id'))
    AND (@scope_all::boolean OR s.id = ANY (@scope_stores::uuid []))
    AND (sqlc.narg('statuses')::text [] IS NULL OR s.status = ANY (sqlc.narg('statuses')))
    AND (sqlc.narg('pattern')::text IS NULL OR (s.code || ' ' || s.name || coalesce(' ' || s.city, '')) ILIKE sqlc.narg('pattern'))
    AND (sqlc.narg('only_ids')::uuid [] IS NULL OR s.id = ANY (sqlc.narg('only_ids')))
    AND (sqlc.narg('except_ids')::uuid [] IS NULL OR s.id <> ALL (sqlc.narg('except_ids')))
GROUP BY s.region_id;

-- listStoresBySelection lists the stores of each selection: all, or those in the pairs with its number.
-- name: listStoresBySelection :many
SELECT parent.number::integer AS number, sqlc.embed(s), sqlc.embed(r)
FROM (SELECT unnest(@numbers::integer []) AS number, unnest(@is_all::boolean []) AS is_all) AS parent
CROSS JOIN LATERAL (
    SELECT p.id
    FROM stores.store AS p
    WHERE (
            parent.is_all
            OR p.id IN (
                SELECT pair.store_id
                FROM (SELECT unnest(@pair_numbers::integer []) AS number, unnest(@pair_stores::uuid []) AS store_id) AS pair
                WHERE pair.number = parent.number
            )
        )
        AND (sqlc.narg('region_id')::uuid IS NULL OR p.region_id = sqlc.narg('region_id'))
        AND (@scope_all::boolean OR p.id = ANY (@scope_stores::uuid []))
        AND (sqlc.narg('statuses')::text [] IS NULL OR p.status = ANY (sqlc.narg('statuses')))
        AND (
            sqlc.narg('pattern')::text IS NULL
            OR (p.code || ' ' || p.name || coalesce(' ' || p.city, '')) ILIKE sqlc.narg('pattern')
        )
        AND (sqlc.narg('only_ids')::uuid [] IS NULL OR p.id = ANY (sqlc.narg('only_ids')))
        AND (sqlc.narg('except_ids')::uuid [] IS NULL OR p.id <> ALL (sqlc.narg('except_ids')))
        AND (
            sqlc.narg('after_key')::text IS NULL
            OR CASE @list_order::text
                WHEN 'CODE_ASC' THEN p.code > sqlc.narg('after_key')
                WHEN 'CODE_DESC' THEN p.code < sqlc.narg('after_key')
                WHEN 'NAME_ASC' THEN (p.name, p.id) > (sqlc.narg('after_key'), sqlc.narg('after_id')::uuid)
                WHEN 'NAME_DESC' THEN (p.name, p.id) < (sqlc.narg('after_key'), sqlc.narg('after_id')::uuid)
            END
        )
    ORDER BY
        CASE WHEN @list_order = 'CODE_ASC' THEN p.code END,
        CASE WHEN @list_order = 'CODE_DESC' THEN p.code END DESC,
        CASE WHEN @list_order = 'NAME_ASC' THEN p.name END,
        CASE WHEN @list_order = 'NAME_DESC' THEN p.name END DESC,
        CASE WHEN @list_order = 'NAME_ASC' THEN p.id END,
        CASE WHEN @list_order = 'NAME_DESC' THEN p.id END DESC
    LIMIT @row_limit
) AS page
INNER JOIN stores.store AS s ON s.id = page.id
INNER JOIN stores.region AS r ON r.id = s.region_id
ORDER BY
    parent.number,
    CASE WHEN @list_order = 'CODE_ASC' THEN s.code END,
    CASE WHEN @list_order = 'CODE_DESC' THEN s.code END DESC,
    CASE WHEN @list_order = 'NAME_ASC' THEN s.name END,
    CASE WHEN @list_order = 'NAME_DESC' THEN s.name END DESC,
    CASE WHEN @list_order = 'NAME_ASC' THEN s.id END,
    CASE WHEN @list_order = 'NAME_DESC' THEN s.id END DESC;

-- name: countStoresBySelection :many
SELECT parent.number::integer AS number, count(*) AS total
FROM (SELECT unnest(@numbers::integer []) AS number, unnest(@is_all::boolean []) AS is_all) AS parent
INNER JOIN stores.store AS s
    ON parent.is_all
    OR s.id IN (
        SELECT pair.store_id
        FROM (SELECT unnest(@pair_numbers::integer []) AS number, unnest(@pair_stores::uuid []) AS store_id) AS pair
        WHERE pair.number = parent.number
    )
WHERE (@scope_all::boolean OR s.id = ANY (@scope_stores::uuid []))
    AND (sqlc.narg('region_id')::uuid IS NULL OR s.region_id = sqlc.narg('region_id'))
    AND (sqlc.narg('statuses')::text [] IS NULL OR s.status = ANY (sqlc.narg('statuses')))
    AND (sqlc.narg('pattern')::text IS NULL OR (s.code || ' ' || s.name || coalesce(' ' || s.city, '')) ILIKE sqlc.narg('pattern'))
    AND (sqlc.narg('only_ids')::uuid [] IS NULL OR s.id = ANY (sqlc.narg('only_ids')))
    AND (sqlc.narg('except_ids')::uuid [] IS NULL OR s.id <> ALL (sqlc.narg('except_ids')))
GROUP BY parent.number;

-- name: CopyRegions :copyfrom
INSERT INTO stores.region (id, code, name, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5);

-- name: CopyStores :copyfrom
INSERT INTO stores.store (
    id, region_id, code, name, format, status, street, city, state, postal_code, country_code,
    latitude, longitude, timezone, opening_hours, created_at, updated_at
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17);

-- name: getStoresByCode :many
SELECT sqlc.embed(s), sqlc.embed(r)
FROM stores.store AS s
INNER JOIN stores.region AS r ON r.id = s.region_id
WHERE s.code = ANY (@codes::text [])
    AND (@scope_all::boolean OR s.id = ANY (@scope_stores::uuid []));

-- name: findRegionIDsByCode :many
SELECT code, id
FROM stores.region
WHERE code = ANY (@codes::text []);

-- name: insertRegions :exec
INSERT INTO stores.region (id, code, name)
SELECT unnest(@ids::uuid []), unnest(@codes::text []), unnest(@names::text []);

-- name: lockStores :many
SELECT code, id
FROM stores.store
WHERE code = ANY (@codes::text [])
ORDER BY code
FOR NO KEY UPDATE;

-- name: insertStores :exec
INSERT INTO stores.store (
    id, region_id, code, name, format, status, street, city, state, postal_code, country_code, latitude, longitude, timezone
)
SELECT
    i.id, i.region_id, i.code, i.name,
    coalesce(nullif(i.format, ''), 'SUPERMARKET'), coalesce(nullif(i.status, ''), 'OPEN'),
    nullif(i.street, ''), nullif(i.city, ''), nullif(i.state, ''), nullif(i.postal_code, ''), nullif(i.country_code, ''),
    nullif(i.latitude, 'NaN'), nullif(i.longitude, 'NaN'), i.timezone
FROM (
    SELECT
        unnest(@ids::uuid []) AS id, unnest(@region_ids::uuid []) AS region_id, unnest(@codes::text []) AS code,
        unnest(@names::text []) AS name, unnest(@formats::text []) AS format, unnest(@statuses::text []) AS status,
        unnest(@streets::text []) AS street, unnest(@cities::text []) AS city, unnest(@states::text []) AS state,
        unnest(@postal_codes::text []) AS postal_code, unnest(@country_codes::text []) AS country_code,
        unnest(@latitudes::double precision []) AS latitude, unnest(@longitudes::double precision []) AS longitude,
        unnest(@timezones::text []) AS timezone
) AS i;

-- updateStores skips rows that would not change. An empty format or status keeps its value, and so does a field whose has_...
-- argument is false.
-- name: updateStores :many
UPDATE stores.store AS s
SET
    region_id = n.region_id, name = n.name, format = n.format, status = n.status, street = n.street, city = n.city,
    state = n.state, postal_code = n.postal_code, country_code = n.country_code, latitude = n.latitude, longitude = n.longitude,
    timezone = n.timezone, version = s.version + 1, updated_at = now()
FROM (
    SELECT
        o.id, i.region_id, i.name, i.timezone, o.status AS old_status,
        coalesce(nullif(i.format, ''), o.format) AS format, coalesce(nullif(i.status, ''), o.status) AS status,
        CASE WHEN @has_street::boolean THEN nullif(i.street, '') ELSE o.street END AS street,
        CASE WHEN @has_city::boolean THEN nullif(i.city, '') ELSE o.city END AS city,
        CASE WHEN @has_state::boolean THEN nullif(i.state, '') ELSE o.state END AS state,
        CASE WHEN @has_postal_code::boolean THEN nullif(i.postal_code, '') ELSE o.postal_code END AS postal_code,
        CASE WHEN @has_country_code::boolean THEN nullif(i.country_code, '') ELSE o.country_code END AS country_code,
        CASE WHEN @has_coordinates::boolean THEN nullif(i.latitude, 'NaN') ELSE o.latitude END AS latitude,
        CASE WHEN @has_coordinates::boolean THEN nullif(i.longitude, 'NaN') ELSE o.longitude END AS longitude
    FROM (
        SELECT
            unnest(@ids::uuid []) AS id, unnest(@region_ids::uuid []) AS region_id, unnest(@names::text []) AS name,
            unnest(@formats::text []) AS format, unnest(@statuses::text []) AS status,
            unnest(@streets::text []) AS street, unnest(@cities::text []) AS city, unnest(@states::text []) AS state,
            unnest(@postal_codes::text []) AS postal_code, unnest(@country_codes::text []) AS country_code,
            unnest(@latitudes::double precision []) AS latitude, unnest(@longitudes::double precision []) AS longitude,
            unnest(@timezones::text []) AS timezone
    ) AS i
    INNER JOIN stores.store AS o ON o.id = i.id
) AS n
WHERE s.id = n.id
    AND (
        s.region_id, s.name, s.format, s.status, s.street, s.city, s.state, s.postal_code, s.country_code, s.latitude,
        s.longitude, s.timezone
    ) IS DISTINCT FROM (
        n.region_id, n.name, n.format, n.status, n.street, n.city, n.state, n.postal_code, n.country_code, n.latitude,
        n.longitude, n.timezone
    )
RETURNING s.id, (n.status = 'CLOSED' AND n.old_status <> 'CLOSED')::boolean AS closed_now;

-- name: insertRegion :one
INSERT INTO stores.region (id, code, name, created_at, updated_at)
VALUES (@id, @code, @name, @created_at, @created_at)
RETURNING *;

-- name: updateRegion :one
UPDATE stores.region
SET name = @name, status = @status, version = version + 1, updated_at = @updated_at
WHERE id = @id
RETURNING *;

-- name: countOpenStores :one
SELECT count(*)
FROM stores.store
WHERE region_id = @region_id AND status <> 'CLOSED';

-- name: upsertStore :one
INSERT INTO stores.store (
    id, region_id, code, name, format, status, street, city, state, postal_code, country_code, latitude, longitude, timezone,
    opening_hours, version, created_at, updated_at
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
ON CONFLICT (id) DO UPDATE
SET
    region_id = excluded.region_id, name = excluded.name, format = excluded.format, status = excluded.status,
    street = excluded.street, city = excluded.city, state = excluded.state, postal_code = excluded.postal_code,
    country_code = excluded.country_code, latitude = excluded.latitude, longitude = excluded.longitude,
    timezone = excluded.timezone, opening_hours = excluded.opening_hours, version = excluded.version,
    updated_at = excluded.updated_at
RETURNING *;

-- name: AnyStoreExists :one
SELECT exists(SELECT FROM stores.store);

-- Clear deletes all rows of the module.
-- name: Clear :exec
TRUNCATE stores.region, stores.store;
