-- name: getStocks :many
SELECT *
FROM inventory.stock
WHERE id = ANY (@ids::uuid [])
    AND (@scope_all::boolean OR store_id = ANY (@scope_stores::uuid []));

-- name: getStocksByKey :many
SELECT stock.*
FROM (SELECT unnest(@store_ids::uuid []) AS store_id, unnest(@product_ids::uuid []) AS product_id) AS parent
INNER JOIN inventory.stock USING (store_id, product_id)
WHERE @scope_all::boolean OR stock.store_id = ANY (@scope_stores::uuid []);

-- name: listStocksByStore :many
SELECT page.*
FROM unnest(@store_ids::uuid []) AS parent (store_id)
CROSS JOIN LATERAL (
    SELECT p.*
    FROM inventory.stock AS p
    WHERE p.store_id = parent.store_id
        AND (@scope_all::boolean OR p.store_id = ANY (@scope_stores::uuid []))
        AND (sqlc.narg('is_low')::boolean IS NULL OR (p.on_hand <= p.reorder_point) = sqlc.narg('is_low'))
        AND (sqlc.narg('after_product')::uuid IS NULL OR p.product_id > sqlc.narg('after_product'))
    ORDER BY p.product_id
    LIMIT @row_limit
) AS page;

-- name: countStocksByStore :many
SELECT store_id, count(*) AS total
FROM inventory.stock
WHERE store_id = ANY (@store_ids::uuid [])
    AND (@scope_all::boolean OR store_id = ANY (@scope_stores::uuid []))
    AND (sqlc.narg('is_low')::boolean IS NULL OR (on_hand <= reorder_point) = sqlc.narg('is_low'))
GROUP BY store_id;

-- name: getLots :many
SELECT *
FROM inventory.lot
WHERE id = ANY (@ids::uuid [])
    AND (@scope_all::boolean OR store_id = ANY (@scope_stores::uuid []));

-- name: listLotsByStock :many
SELECT page.*
FROM (SELECT unnest(@store_ids::uuid []) AS store_id, unnest(@product_ids::uuid []) AS product_id) AS parent
CROSS JOIN LATERAL (
    SELECT p.*
    FROM inventory.lot AS p
    WHERE p.store_id = parent.store_id
        AND p.product_id = parent.product_id
        AND (@scope_all::boolean OR p.store_id = ANY (@scope_stores::uuid []))
        AND (
            sqlc.narg('after_day')::date IS NULL
            OR (p.expires_on, p.id) > (sqlc.narg('after_day'), sqlc.narg('after_id')::uuid)
        )
    ORDER BY p.expires_on, p.id
    LIMIT @row_limit
) AS page;

-- name: countLotsByStock :many
SELECT lot.store_id, lot.product_id, count(*) AS total
FROM (SELECT unnest(@store_ids::uuid []) AS store_id, unnest(@product_ids::uuid []) AS product_id) AS parent
INNER JOIN inventory.lot USING (store_id, product_id)
WHERE @scope_all::boolean OR lot.store_id = ANY (@scope_stores::uuid [])
GROUP BY lot.store_id, lot.product_id;

-- name: listLotsByStore :many
SELECT page.*
FROM unnest(@store_ids::uuid []) AS parent (store_id)
CROSS JOIN LATERAL (
    SELECT p.*
    FROM inventory.lot AS p
    WHERE p.store_id = parent.store_id
        AND (@scope_all::boolean OR p.store_id = ANY (@scope_stores::uuid []))
        AND (sqlc.narg('expires_on_or_before')::date IS NULL OR p.expires_on <= sqlc.narg('expires_on_or_before'))
        AND (
            sqlc.narg('after_day')::date IS NULL
            OR (p.expires_on, p.id) > (sqlc.narg('after_day'), sqlc.narg('after_id')::uuid)
        )
    ORDER BY p.expires_on, p.id
    LIMIT @row_limit
) AS page;

-- name: countLotsByStore :many
SELECT store_id, count(*) AS total
FROM inventory.lot
WHERE store_id = ANY (@store_ids::uuid [])
    AND (@scope_all::boolean OR store_id = ANY (@scope_stores::uuid []))
    AND (sqlc.narg('expires_on_or_before')::date IS NULL OR expires_on <= sqlc.narg('expires_on_or_before'))
GROUP BY store_id;

-- name: getMovements :many
SELECT *
FROM inventory.movement
WHERE id = ANY (@ids::uuid [])
    AND (@scope_all::boolean OR store_id = ANY (@scope_stores::uuid []));

-- name: listMovementsByStock :many
SELECT page.*
FROM (SELECT unnest(@store_ids::uuid []) AS store_id, unnest(@product_ids::uuid []) AS product_id) AS parent
CROSS JOIN LATERAL (
    SELECT p.*
    FROM inventory.movement AS p
    WHERE p.store_id = parent.store_id
        AND p.product_id = parent.product_id
        AND (@scope_all::boolean OR p.store_id = ANY (@scope_stores::uuid []))
        AND (
            sqlc.narg('after_at')::timestamptz IS NULL
            OR (p.recorded_at, p.id) < (sqlc.narg('after_at'), sqlc.narg('after_id')::uuid)
        )
    ORDER BY p.recorded_at DESC, p.id DESC
    LIMIT @row_limit
) AS page;

-- name: countMovementsByStock :many
SELECT movement.store_id, movement.product_id, count(*) AS total
FROM (SELECT unnest(@store_ids::uuid []) AS store_id, unnest(@product_ids::uuid []) AS product_id) AS parent
INNER JOIN inventory.movement USING (store_id, product_id)
WHERE @scope_all::boolean OR movement.store_id = ANY (@scope_stores::uuid [])
GROUP BY movement.store_id, movement.product_id;

-- listMovementsByExternalID returns what the actor recorded with the external ids, the legs of a transfer in order. It takes no scope: an
-- external id is used for good, even if the actor no longer sees the store.
-- name: listMovementsByExternalID :many
SELECT *
FROM inventory.movement
WHERE actor_id = @actor_id
    AND external_id = ANY (@external_ids::text [])
ORDER BY external_id, leg;

-- sumMovementsSince adds up what moved after a time. Earlier movements may have been recorded after it.
-- name: sumMovementsSince :one
SELECT coalesce(sum(quantity), 0)::bigint AS quantity
FROM inventory.movement
WHERE store_id = @store_id
    AND product_id = @product_id
    AND recorded_at > @since
    AND occurred_at > @since
    AND (@scope_all::boolean OR store_id = ANY (@scope_stores::uuid []));

-- name: updateStocks :exec
UPDATE inventory.stock AS s
SET on_hand = i.on_hand, version = i.version, updated_at = @updated_at
FROM (
    SELECT
        unnest(@ids::uuid []) AS id, unnest(@on_hands::integer []) AS on_hand, unnest(@versions::integer []) AS version
) AS i
WHERE s.id = i.id;

-- name: insertStocks :copyfrom
INSERT INTO inventory.stock (id, store_id, product_id, on_hand, shelf_capacity, reorder_point, version, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9);

-- name: insertMovements :copyfrom
INSERT INTO inventory.movement (
    id, store_id, product_id, kind, quantity, on_hand, occurred_at, recorded_at, reference, reason, note, actor_id,
    external_id, leg
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14);

-- name: CopyStocks :copyfrom
INSERT INTO inventory.stock (
    id, store_id, product_id, on_hand, shelf_capacity, reorder_point, created_at, updated_at
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8);

-- name: CopyLots :copyfrom
INSERT INTO inventory.lot (id, store_id, product_id, expires_on, quantity, received_at, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8);

-- listStockedProductIDs returns which of the products have a stock, and so perhaps movements, in any store.
-- name: listStockedProductIDs :many
SELECT DISTINCT product_id
FROM inventory.stock
WHERE product_id = ANY (@product_ids::uuid []);

-- Clear deletes all rows of the module.
-- name: Clear :exec
TRUNCATE inventory.stock, inventory.lot, inventory.movement;
