-- A scope includes the employees of its stores. An employee's scope also includes the head office and the region's manager.

-- name: getEmployees :many
SELECT *
FROM staff.employee
WHERE id = ANY (@ids::uuid [])
    AND (
        @scope_all::boolean
        OR store_id = ANY (@scope_stores::uuid [])
        OR (
            store_id IS NULL AND @scope_of_employee::boolean
            AND (region_id IS NULL OR region_id = sqlc.narg('scope_region')::uuid)
        )
    );

-- name: findEmployeeByLogin :one
SELECT *
FROM staff.employee
WHERE login = @login;

-- name: listStoreManagers :many
SELECT DISTINCT ON (store_id) *
FROM staff.employee
WHERE store_id = ANY (@store_ids::uuid [])
    AND role = 'STORE_MANAGER'
    AND status = 'ACTIVE'
    AND (@scope_all::boolean OR store_id = ANY (@scope_stores::uuid []))
ORDER BY store_id, hired_on, id;

-- name: listRegionManagers :many
SELECT DISTINCT ON (region_id) *
FROM staff.employee
WHERE region_id = ANY (@region_ids::uuid [])
    AND status = 'ACTIVE'
    AND (@scope_all::boolean OR region_id = sqlc.narg('scope_region')::uuid)
ORDER BY region_id, hired_on, id;

-- name: listEmployees :many
SELECT *
FROM staff.employee
WHERE (
        @scope_all::boolean
        OR store_id = ANY (@scope_stores::uuid [])
        OR (
            store_id IS NULL AND @scope_of_employee::boolean
            AND (region_id IS NULL OR region_id = sqlc.narg('scope_region')::uuid)
        )
    )
    AND (sqlc.narg('store_id')::uuid IS NULL OR store_id = sqlc.narg('store_id'))
    AND (
        sqlc.narg('region_id')::uuid IS NULL OR region_id = sqlc.narg('region_id')
        OR store_id = ANY (sqlc.narg('region_stores')::text []::uuid [])
    )
    AND (sqlc.narg('roles')::text [] IS NULL OR role = ANY (sqlc.narg('roles')))
    AND (sqlc.narg('statuses')::text [] IS NULL OR status = ANY (sqlc.narg('statuses')))
    AND (sqlc.narg('pattern')::text IS NULL OR (display_name || ' ' || login) ILIKE sqlc.narg('pattern'))
    AND (
        sqlc.narg('after_name')::text IS NULL
        OR (display_name, id) > (sqlc.narg('after_name'), sqlc.narg('after_id')::uuid)
    )
ORDER BY display_name, id
LIMIT @row_limit;

-- name: countEmployees :one
SELECT count(*)
FROM staff.employee
WHERE (
        @scope_all::boolean
        OR store_id = ANY (@scope_stores::uuid [])
        OR (
            store_id IS NULL AND @scope_of_employee::boolean
            AND (region_id IS NULL OR region_id = sqlc.narg('scope_region')::uuid)
        )
    )
    AND (sqlc.narg('store_id')::uuid IS NULL OR store_id = sqlc.narg('store_id'))
    AND (
        sqlc.narg('region_id')::uuid IS NULL OR region_id = sqlc.narg('region_id')
        OR store_id = ANY (sqlc.narg('region_stores')::text []::uuid [])
    )
    AND (sqlc.narg('roles')::text [] IS NULL OR role = ANY (sqlc.narg('roles')))
    AND (sqlc.narg('statuses')::text [] IS NULL OR status = ANY (sqlc.narg('statuses')))
    AND (sqlc.narg('pattern')::text IS NULL OR (display_name || ' ' || login) ILIKE sqlc.narg('pattern'));

-- name: listEmployeesByStore :many
SELECT page.*
FROM unnest(@store_ids::uuid []) AS parent (store_id)
CROSS JOIN LATERAL (
    SELECT p.*
    FROM staff.employee AS p
    WHERE p.store_id = parent.store_id
        AND (sqlc.narg('store_id')::uuid IS NULL OR p.store_id = sqlc.narg('store_id'))
        AND (
            sqlc.narg('region_id')::uuid IS NULL OR p.region_id = sqlc.narg('region_id')
            OR p.store_id = ANY (sqlc.narg('region_stores')::text []::uuid [])
        )
        AND (@scope_all::boolean OR p.store_id = ANY (@scope_stores::uuid []))
        AND (sqlc.narg('roles')::text [] IS NULL OR p.role = ANY (sqlc.narg('roles')))
        AND (sqlc.narg('statuses')::text [] IS NULL OR p.status = ANY (sqlc.narg('statuses')))
        AND (sqlc.narg('pattern')::text IS NULL OR (p.display_name || ' ' || p.login) ILIKE sqlc.narg('pattern'))
        AND (
            sqlc.narg('after_name')::text IS NULL
            OR (p.display_name, p.id) > (sqlc.narg('after_name'), sqlc.narg('after_id')::uuid)
        )
    ORDER BY p.display_name, p.id
    LIMIT @row_limit
) AS page;

-- name: countEmployeesByStore :many
SELECT store_id, count(*) AS total
FROM staff.employee
WHERE store_id = ANY (@store_ids::uuid [])
    AND (sqlc.narg('store_id')::uuid IS NULL OR store_id = sqlc.narg('store_id'))
    AND (
        sqlc.narg('region_id')::uuid IS NULL OR region_id = sqlc.narg('region_id')
        OR store_id = ANY (sqlc.narg('region_stores')::text []::uuid [])
    )
    AND (@scope_all::boolean OR store_id = ANY (@scope_stores::uuid []))
    AND (sqlc.narg('roles')::text [] IS NULL OR role = ANY (sqlc.narg('roles')))
    AND (sqlc.narg('statuses')::text [] IS NULL OR status = ANY (sqlc.narg('statuses')))
    AND (sqlc.narg('pattern')::text IS NULL OR (display_name || ' ' || login) ILIKE sqlc.narg('pattern'))
GROUP BY store_id;

-- name: upsertEmployee :one
INSERT INTO staff.employee (
    id, store_id, region_id, login, display_name, role, status, hired_on, version, created_at, updated_at
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT (id) DO UPDATE
SET
    store_id = excluded.store_id, region_id = excluded.region_id, display_name = excluded.display_name,
    role = excluded.role, status = excluded.status, version = excluded.version, updated_at = excluded.updated_at
RETURNING *;

-- name: CopyEmployees :copyfrom
INSERT INTO staff.employee (
    id, store_id, region_id, login, display_name, role, status, hired_on, created_at, updated_at
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10);

-- name: LoginExists :one
SELECT exists(SELECT FROM staff.employee WHERE login = $1);

-- name: AnyEmployeeExists :one
SELECT exists(SELECT FROM staff.employee);

-- name: DeleteEmployee :exec
DELETE FROM staff.employee WHERE login = $1;

-- Clear deletes all rows of the module.
-- name: Clear :exec
TRUNCATE staff.employee;
