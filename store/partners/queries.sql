-- Partners belong to no store: only scopes of the whole chain see them.

-- name: getPartners :many
SELECT *
FROM partners.partner
WHERE id = ANY (@ids::uuid [])
    AND @scope_all::boolean;

-- name: listPartners :many
SELECT *
FROM partners.partner
WHERE @scope_all::boolean
    AND (
        sqlc.narg('statuses')::text [] IS NULL
        OR CASE WHEN active THEN 'ACTIVE' ELSE 'INACTIVE' END = ANY (sqlc.narg('statuses'))
    )
    AND (sqlc.narg('pattern')::text IS NULL OR (name || ' ' || client_id) ILIKE sqlc.narg('pattern'))
    AND (
        sqlc.narg('after_name')::text IS NULL
        OR (name, id) > (sqlc.narg('after_name'), sqlc.narg('after_id')::uuid)
    )
ORDER BY name, id
LIMIT @row_limit;

-- name: countPartners :one
SELECT count(*)
FROM partners.partner
WHERE @scope_all::boolean
    AND (
        sqlc.narg('statuses')::text [] IS NULL
        OR CASE WHEN active THEN 'ACTIVE' ELSE 'INACTIVE' END = ANY (sqlc.narg('statuses'))
    )
    AND (sqlc.narg('pattern')::text IS NULL OR (name || ' ' || client_id) ILIKE sqlc.narg('pattern'));

-- name: listSecretsByPartner :many
SELECT *
FROM partners.secret
WHERE partner_id = ANY (@partner_ids::uuid [])
    AND @scope_all::boolean
ORDER BY partner_id, created_at, id;

-- name: getSecret :one
SELECT *
FROM partners.secret
WHERE id = @id
    AND @scope_all::boolean;

-- findPartnerByClientID takes no scope: a client that requests a token has none yet.
-- name: findPartnerByClientID :one
SELECT
    sqlc.embed(p),
    coalesce((
        SELECT array_agg(s.hash ORDER BY s.created_at DESC, s.id DESC)
        FROM partners.secret AS s
        WHERE s.partner_id = p.id AND s.revoked_at IS NULL
    ), '{}')::bytea [] AS hashes
FROM partners.partner AS p
WHERE p.client_id = @client_id;

-- getPartnerAccess takes no scope: a partner's scope is derived from it.
-- name: getPartnerAccess :one
SELECT scopes, all_stores, store_ids
FROM partners.partner
WHERE id = @id
    AND active;

-- name: insertPartner :one
INSERT INTO partners.partner (id, name, client_id, scopes, all_stores, store_ids, active, version, created_at, updated_at)
VALUES (@id, @name, @client_id, @scopes, @all_stores, @store_ids, @active, 1, @created_at, @created_at)
RETURNING *;

-- name: updatePartner :one
UPDATE partners.partner
SET
    name = @name, scopes = @scopes, all_stores = @all_stores, store_ids = @store_ids, active = @active,
    version = version + 1, updated_at = @updated_at
WHERE id = @id
RETURNING *;

-- name: insertSecret :one
INSERT INTO partners.secret (id, partner_id, hash, created_at)
VALUES (@id, @partner_id, @hash, @created_at)
RETURNING *;

-- name: revokeSecret :one
UPDATE partners.secret
SET revoked_at = @revoked_at
WHERE id = @id
    AND revoked_at IS NULL
RETURNING *;

-- name: CopyPartners :copyfrom
INSERT INTO partners.partner (
    id, name, client_id, scopes, all_stores, store_ids, created_at, updated_at
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8);

-- name: CopySecrets :copyfrom
INSERT INTO partners.secret (id, partner_id, hash, created_at)
VALUES ($1, $2, $3, $4);

-- Clear deletes all rows of the module.
-- name: Clear :exec
TRUNCATE partners.partner, partners.secret;
