-- The catalog belongs to the chain: every signed-in user may read it. Prices belong to a store, so their queries take a scope.
-- A product is read together with its barcodes and its category.

-- name: getCategories :many
SELECT *
FROM catalog.category
WHERE id = ANY (@ids::uuid []);

-- name: listRootCategories :many
SELECT *
FROM catalog.category
WHERE parent_id IS NULL
ORDER BY name, id;

-- name: listChildCategories :many
SELECT *
FROM catalog.category
WHERE parent_id = ANY (@parent_ids::uuid [])
ORDER BY parent_id, name, id;

-- name: listCategorySubtree :many
WITH RECURSIVE branch AS (
    SELECT category.id FROM catalog.category WHERE category.id = @category_id
    UNION ALL
    SELECT child.id FROM catalog.category AS child INNER JOIN branch ON child.parent_id = branch.id
)
SELECT id
FROM branch;

-- name: getProducts :many
SELECT
    sqlc.embed(p), c.parent_id AS category_parent_id, c.code AS category_code, c.name AS category_name,
    c.version AS category_version, c.created_at AS category_created_at, c.updated_at AS category_updated_at
FROM catalog.product_with_barcodes AS p
LEFT JOIN catalog.category AS c ON c.id = p.category_id
WHERE p.id = ANY (@ids::uuid []);

-- name: findProductIDsByBarcode :many
SELECT key, product_id
FROM catalog.barcode
WHERE key = ANY (@keys::text []);

-- name: findProductIDsBySKU :many
SELECT sku, id
FROM catalog.product
WHERE sku = ANY (@skus::text []);

-- name: listProducts :many
SELECT *
FROM catalog.product_with_barcodes AS p
WHERE (sqlc.narg('category_ids')::uuid [] IS NULL OR p.category_id = ANY (sqlc.narg('category_ids')))
    AND (sqlc.narg('is_discontinued')::boolean IS NULL OR (p.discontinued_at IS NOT NULL) = sqlc.narg('is_discontinued'))
    AND (
        sqlc.narg('pattern')::text IS NULL
        OR (p.sku || ' ' || p.name || ' ' || coalesce(p.brand, '')) ILIKE sqlc.narg('pattern')
    )
    AND (
        sqlc.narg('after_name')::text IS NULL
        OR (p.name, p.id) > (sqlc.narg('after_name'), sqlc.narg('after_id')::uuid)
    )
ORDER BY p.name, p.id
LIMIT @row_limit;

-- name: countProducts :one
SELECT count(*)
FROM catalog.product AS p
WHERE (sqlc.narg('category_ids')::uuid [] IS NULL OR p.category_id = ANY (sqlc.narg('category_ids')))
    AND (sqlc.narg('is_discontinued')::boolean IS NULL OR (p.discontinued_at IS NOT NULL) = sqlc.narg('is_discontinued'))
    AND (
        sqlc.narg('pattern')::text IS NULL
        OR (p.sku || ' ' || p.name || ' ' || coalesce(p.brand, '')) ILIKE sqlc.narg('pattern')
    );

-- name: getPricesInForce :many
SELECT price.*
FROM (SELECT unnest(@store_ids::uuid []) AS store_id, unnest(@product_ids::uuid []) AS product_id) AS parent
CROSS JOIN LATERAL (
    SELECT p.valid_from
    FROM catalog.price AS p
    WHERE p.store_id = parent.store_id
        AND p.product_id = parent.product_id
        AND p.valid_from <= @at
        AND (@scope_all::boolean OR p.store_id = ANY (@scope_stores::uuid []))
    ORDER BY p.valid_from DESC
    LIMIT 1
) AS newest
INNER JOIN catalog.price
    ON price.store_id = parent.store_id
    AND price.product_id = parent.product_id
    AND price.valid_from = newest.valid_from;

-- listCurrentAndFuturePrices returns the price in force and those that begin later.
-- name: listCurrentAndFuturePrices :many
SELECT price.*
FROM (SELECT unnest(@store_ids::uuid []) AS store_id, unnest(@product_ids::uuid []) AS product_id) AS parent
CROSS JOIN LATERAL (
    SELECT coalesce(max(p.valid_from), '-infinity') AS valid_from
    FROM catalog.price AS p
    WHERE p.store_id = parent.store_id
        AND p.product_id = parent.product_id
        AND p.valid_from <= @at
        AND (@scope_all::boolean OR p.store_id = ANY (@scope_stores::uuid []))
) AS newest
INNER JOIN catalog.price
    ON price.store_id = parent.store_id
    AND price.product_id = parent.product_id
    AND price.valid_from >= newest.valid_from
WHERE @scope_all::boolean OR price.store_id = ANY (@scope_stores::uuid [])
ORDER BY price.store_id, price.product_id, price.valid_from;

-- name: CopyCategories :copyfrom
INSERT INTO catalog.category (id, parent_id, code, name, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6);

-- name: CopyProducts :copyfrom
INSERT INTO catalog.product (id, category_id, sku, name, brand, unit, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8);

-- name: CopyBarcodes :copyfrom
INSERT INTO catalog.barcode (key, product_id, printed)
VALUES ($1, $2, $3);

-- name: CopyPrices :copyfrom
INSERT INTO catalog.price (store_id, product_id, valid_from, amount, currency, created_at)
VALUES ($1, $2, $3, $4, $5, $6);

-- name: findCategoryIDsByCode :many
SELECT code, id
FROM catalog.category
WHERE code = ANY (@codes::text []);

-- name: lockProducts :many
SELECT sku, id, unit
FROM catalog.product
WHERE sku = ANY (@skus::text [])
ORDER BY sku
FOR NO KEY UPDATE;

-- name: listBarcodeOwners :many
SELECT b.key, p.sku
FROM catalog.barcode AS b
INNER JOIN catalog.product AS p ON p.id = b.product_id
WHERE b.key = ANY (@keys::text []);

-- name: insertProducts :exec
INSERT INTO catalog.product (id, category_id, sku, name, brand, unit, discontinued_at, created_at, updated_at)
SELECT
    i.id, nullif(i.category_id, '00000000-0000-0000-0000-000000000000'), i.sku, i.name, nullif(i.brand, ''),
    coalesce(nullif(i.unit, ''), 'PIECE'), CASE WHEN i.status = 'DISCONTINUED' THEN @created_at::timestamptz END,
    @created_at, @created_at
FROM (
    SELECT
        unnest(@ids::uuid []) AS id, unnest(@category_ids::uuid []) AS category_id, unnest(@skus::text []) AS sku,
        unnest(@names::text []) AS name, unnest(@brands::text []) AS brand, unnest(@units::text []) AS unit,
        unnest(@statuses::text []) AS status
) AS i;

-- updateProducts skips products that would not change and whose barcodes do not change. A field whose has_... argument is false,
-- and an empty unit and status, keep their values.
-- name: updateProducts :many
UPDATE catalog.product AS p
SET
    name = n.name, brand = n.brand, category_id = n.category_id, unit = n.unit, discontinued_at = n.discontinued_at,
    version = p.version + 1, updated_at = @updated_at
FROM (
    SELECT
        o.id, i.name, i.barcodes, coalesce(nullif(i.unit, ''), o.unit) AS unit,
        CASE WHEN i.has_brand THEN nullif(i.brand, '') ELSE o.brand END AS brand,
        CASE
            WHEN i.has_category THEN nullif(i.category_id, '00000000-0000-0000-0000-000000000000')
            ELSE o.category_id
        END AS category_id,
        CASE i.status
            WHEN 'ACTIVE' THEN NULL
            WHEN 'DISCONTINUED' THEN coalesce(o.discontinued_at, @updated_at::timestamptz)
            ELSE o.discontinued_at
        END AS discontinued_at
    FROM (
        SELECT
            unnest(@ids::uuid []) AS id, unnest(@category_ids::uuid []) AS category_id,
            unnest(@names::text []) AS name, unnest(@brands::text []) AS brand, unnest(@units::text []) AS unit,
            unnest(@statuses::text []) AS status, unnest(@barcodes::boolean []) AS barcodes,
            unnest(@has_brand::boolean []) AS has_brand, unnest(@has_category::boolean []) AS has_category
    ) AS i
    INNER JOIN catalog.product AS o ON o.id = i.id
) AS n
WHERE p.id = n.id
    AND (
        n.barcodes
        OR (p.name, p.brand, p.category_id, p.unit, p.discontinued_at)
        IS DISTINCT FROM (n.name, n.brand, n.category_id, n.unit, n.discontinued_at)
    )
RETURNING p.id;

-- name: discontinueProducts :many
UPDATE catalog.product
SET discontinued_at = @updated_at::timestamptz, version = version + 1, updated_at = @updated_at::timestamptz
WHERE id = ANY (@ids::uuid []) AND discontinued_at IS NULL
RETURNING id;

-- deleteBarcodes deletes barcodes of products: those with the keys, and all of the product for an empty key.
-- name: deleteBarcodes :many
DELETE FROM catalog.barcode AS b
USING (SELECT unnest(@product_ids::uuid []) AS product_id, unnest(@keys::text []) AS key) AS i
WHERE b.product_id = i.product_id AND (b.key = i.key OR i.key = '')
RETURNING b.product_id;

-- name: insertBarcodes :exec
INSERT INTO catalog.barcode (key, product_id, printed)
SELECT unnest(@keys::text []), unnest(@product_ids::uuid []), unnest(@printed::text []);

-- listPricesStartingAt returns the prices that new ones with the same start replace.
-- name: listPricesStartingAt :many
SELECT p.*
FROM (
    SELECT
        unnest(@store_ids::uuid []) AS store_id, unnest(@product_ids::uuid []) AS product_id,
        unnest(@valid_froms::timestamptz []) AS valid_from
) AS i
INNER JOIN catalog.price AS p USING (store_id, product_id, valid_from)
WHERE @scope_all::boolean OR p.store_id = ANY (@scope_stores::uuid []);

-- name: upsertPrices :exec
INSERT INTO catalog.price (store_id, product_id, valid_from, amount, currency, created_at)
SELECT
    unnest(@store_ids::uuid []), unnest(@product_ids::uuid []), unnest(@valid_froms::timestamptz []),
    unnest(@amounts::numeric []), unnest(@currencies::text []), @created_at
ON CONFLICT (store_id, product_id, valid_from) DO UPDATE
SET amount = excluded.amount, currency = excluded.currency, created_at = excluded.created_at;

-- name: deletePrices :exec
DELETE FROM catalog.price AS p
USING (
    SELECT
        unnest(@store_ids::uuid []) AS store_id, unnest(@product_ids::uuid []) AS product_id,
        unnest(@valid_froms::timestamptz []) AS valid_from
) AS i
WHERE p.store_id = i.store_id AND p.product_id = i.product_id AND p.valid_from = i.valid_from;

-- name: listProductsByCategory :many
SELECT page.*
FROM unnest(@category_ids::uuid []) AS parent (category_id)
CROSS JOIN LATERAL (
    SELECT p.*
    FROM catalog.product_with_barcodes AS p
    WHERE p.category_id = parent.category_id
        AND (
            sqlc.narg('after_name')::text IS NULL
            OR (p.name, p.id) > (sqlc.narg('after_name'), sqlc.narg('after_id')::uuid)
        )
    ORDER BY p.name, p.id
    LIMIT @row_limit
) AS page;

-- name: countProductsByCategory :many
SELECT category_id, count(*) AS total
FROM catalog.product
WHERE category_id = ANY (@category_ids::uuid [])
GROUP BY category_id;

-- Clear deletes all rows of the module.
-- name: Clear :exec
TRUNCATE catalog.category, catalog.product, catalog.barcode, catalog.price;
