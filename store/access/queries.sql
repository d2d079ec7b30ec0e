-- Accounts and sessions. These queries take no scope: a viewer's scope is derived from them.

-- name: getPasswordHash :one
SELECT password_hash
FROM access.credential
WHERE employee_id = @employee_id;

-- name: createSession :exec
INSERT INTO access.session (
    id, employee_id, refresh_hash, created_at, refreshed_at, expires_at, access_until, client_name, client_version, address_hint
)
VALUES (
    @id, @employee_id, @refresh_hash, @created_at, @created_at, @expires_at, @access_until, @client_name, @client_version,
    @address_hint
);

-- name: rotateSession :one
UPDATE access.session
SET
    refresh_hash = @new_hash, previous_hash = @old_hash, refreshed_at = @at, expires_at = @expires_at,
    access_until = greatest(access_until, @access_until), client_name = @client_name, client_version = @client_version,
    address_hint = @address_hint
WHERE id = @id
    AND refresh_hash = @old_hash
    AND ended_at IS NULL
    AND expires_at > @at
RETURNING *;

-- repeatRotation finds the session of a refresh token that was replaced a short time ago, by a token that is not used yet.
-- name: repeatRotation :one
UPDATE access.session
SET access_until = greatest(access_until, @access_until)
WHERE id = @id
    AND previous_hash = @old_hash
    AND refresh_hash = @new_hash
    AND refreshed_at > @not_before
    AND ended_at IS NULL
    AND expires_at > @at
RETURNING *;

-- name: getActiveSession :one
SELECT *
FROM access.session
WHERE id = @id
    AND ended_at IS NULL
    AND expires_at > @at;

-- name: listActiveSessions :many
SELECT s.*
FROM unnest(@employee_ids::uuid []) AS parent (employee_id)
CROSS JOIN LATERAL (
    SELECT l.id
    FROM access.session AS l
    WHERE l.employee_id = parent.employee_id
        AND l.ended_at IS NULL
        AND l.expires_at > @at
    ORDER BY l.created_at DESC, l.id DESC
    LIMIT @row_limit
) AS list
INNER JOIN access.session AS s ON s.id = list.id
ORDER BY s.employee_id, s.created_at DESC, s.id DESC;

-- endSession ends a session and revokes its access tokens.
-- name: endSession :one
WITH ended AS (
    UPDATE access.session AS s
    SET ended_at = @at
    WHERE s.id = @id
        AND s.employee_id = @employee_id
        AND s.ended_at IS NULL
        AND s.expires_at > @at
    RETURNING *
),

revoked AS (
    INSERT INTO access.revocation (id, until)
    SELECT ended.id, ended.access_until
    FROM ended
)

SELECT *
FROM ended;

-- endSessions does the same for all sessions of an employee except one.
-- name: endSessions :execrows
WITH ended AS (
    UPDATE access.session AS s
    SET ended_at = @at
    WHERE s.employee_id = @employee_id
        AND s.id <> @except_id
        AND s.ended_at IS NULL
        AND s.expires_at > @at
    RETURNING s.id, s.access_until
)

INSERT INTO access.revocation (id, until)
SELECT ended.id, ended.access_until
FROM ended;

-- name: upsertRevocation :exec
INSERT INTO access.revocation (id, until, role, at_store_id, at_region_id)
VALUES (@employee_id, @until, @role, @at_store_id, @at_region_id)
ON CONFLICT (id) DO UPDATE
SET
    until = excluded.until, role = excluded.role, at_store_id = excluded.at_store_id,
    at_region_id = excluded.at_region_id, xid = excluded.xid;

-- getRevocationMark returns the xid from which to read next time: a revocation that is not visible yet has this xid or a later one.
-- name: getRevocationMark :one
SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS mark;

-- name: listRevocationsSince :many
SELECT id, until, role, at_store_id, at_region_id
FROM access.revocation
WHERE xid >= @mark
    AND until > @at;

-- name: deleteExpiredRevocations :exec
DELETE FROM access.revocation
WHERE until < @before;

-- name: deleteExpiredSessions :exec
DELETE FROM access.session
WHERE expires_at < @before
    OR ended_at < @before;

-- name: deleteExpiredLoginAttempts :exec
DELETE FROM access.try
WHERE coalesce(last_at, good_at, '-infinity') < @before
    AND (good_at IS NULL OR good_at < @success_before);

-- name: ensureLoginAttempts :exec
INSERT INTO access.try (name, failures)
SELECT t.name, 0
FROM unnest(@names::bytea []) AS t (name)
ORDER BY t.name
ON CONFLICT (name) DO NOTHING;

-- name: lockLoginAttempts :many
SELECT *
FROM access.try
WHERE name = ANY (@names::bytea [])
ORDER BY name
FOR UPDATE;

-- name: updateLoginAttempt :exec
UPDATE access.try
SET failures = @failures, last_at = @last_failure_at, blocked_until = @blocked_until, good_at = @last_success_at
WHERE name = @name;

-- name: upsertPassword :exec
INSERT INTO access.credential (employee_id, password_hash, changed_at)
VALUES (@employee_id, @password_hash, @changed_at)
ON CONFLICT (employee_id) DO UPDATE
SET password_hash = excluded.password_hash, changed_at = excluded.changed_at;

-- name: replacePassword :execrows
UPDATE access.credential
SET password_hash = @new_hash, changed_at = @changed_at
WHERE employee_id = @employee_id
    AND password_hash = @old_hash;

-- name: CopyCredentials :copyfrom
INSERT INTO access.credential (employee_id, password_hash)
VALUES ($1, $2);

-- name: listSigningKeys :many
SELECT *
FROM access.signing_key;

-- lockSigningKeys makes other writers wait until the end of the transaction. Readers do not wait.
-- name: lockSigningKeys :exec
LOCK TABLE access.signing_key IN SHARE ROW EXCLUSIVE MODE;

-- name: upsertSigningKey :exec
INSERT INTO access.signing_key (id, sealed, published_at, signs_from, verifies_until)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (id) DO UPDATE
SET
    sealed = excluded.sealed, published_at = excluded.published_at, signs_from = excluded.signs_from,
    verifies_until = excluded.verifies_until;

-- name: deleteOtherSigningKeys :exec
DELETE FROM access.signing_key
WHERE id <> ALL (@ids::text []);

-- Clear deletes all passwords, sessions, revocations and login attempts.
-- name: Clear :exec
TRUNCATE access.credential, access.session, access.revocation, access.try;
