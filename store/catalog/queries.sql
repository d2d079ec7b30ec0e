-- The catalog is the chain's: everyone who has signed in may read it. Prices are a store's and carry a scope.
-- A product is read together with its barcodes and its category.

-- name: categoriesByID :many
SELECT *
FROM catalog.category
WHERE id = ANY (@ids::uuid []);

-- name: rootCategories :many
SELECT *
FROM catalog.category
WHERE parent_id IS NULL
ORDER BY name, id;

-- name: childCategories :many
SELECT *
FROM catalog.category
WHERE parent_id = ANY (@parent_ids::uuid [])
ORDER BY parent_id, name, id;

-- name: branch :many
WITH RECURSIVE branch AS (
    SELECT category.id FROM catalog.category WHERE category.id = @category_id
    UNION ALL
    SELECT child.id FROM catalog.category AS child INNER JOIN branch ON child.parent_id = branch.id
)
SELECT id
FROM branch;

-- name: productsByID :many
SELECT
    sqlc.embed(p), c.parent_id AS category_parent_id, c.code AS category_code, c.name AS category_name,
    c.version AS category_version, c.created_at AS category_created_at, c.updated_at AS category_updated_at
FROM catalog.product_with_barcodes AS p
LEFT JOIN catalog.category AS c ON c.id = p.category_id
WHERE p.id = ANY (@ids::uuid []);

-- name: productIDsByBarcode :many
SELECT key, product_id
FROM catalog.barcode
WHERE key = ANY (@keys::text []);

-- name: productIDsBySKU :many
SELECT sku, id
FROM catalog.product
WHERE sku = ANY (@skus::text []);

-- name: productPage :many
SELECT *
FROM catalog.product_with_barcodes AS p
WHERE (sqlc.narg('category_ids')::uuid [] IS NULL OR p.category_id = ANY (sqlc.narg('category_ids')))
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
    AND (
        sqlc.narg('pattern')::text IS NULL
        OR (p.sku || ' ' || p.name || ' ' || coalesce(p.brand, '')) ILIKE sqlc.narg('pattern')
    );

-- name: pricesInForce :many
SELECT price.*
FROM (SELECT unnest(@store_ids::uuid []) AS store_id, unnest(@product_ids::uuid []) AS product_id) AS parent
CROSS JOIN LATERAL (
    SELECT p.store_id, p.product_id, p.valid_from
    FROM catalog.price AS p
    WHERE p.store_id = parent.store_id
        AND p.product_id = parent.product_id
        AND p.valid_from <= @at
        AND (@scope_all::boolean OR p.store_id = ANY (@scope_stores::uuid []))
    ORDER BY p.valid_from DESC
    LIMIT 1
) AS newest
INNER JOIN catalog.price USING (store_id, product_id, valid_from);

-- name: CopyCategories :copyfrom
INSERT INTO catalog.category (id, parent_id, code, name, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6);

-- name: CopyProducts :copyfrom
INSERT INTO catalog.product (id, category_id, sku, name, brand, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7);

-- name: CopyBarcodes :copyfrom
INSERT INTO catalog.barcode (key, product_id, printed)
VALUES ($1, $2, $3);

-- name: CopyPrices :copyfrom
INSERT INTO catalog.price (store_id, product_id, valid_from, amount, currency, created_at)
VALUES ($1, $2, $3, $4, $5, $6);
