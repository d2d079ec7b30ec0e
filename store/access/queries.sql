-- Who has signed in. There is no scope here: these queries are what a viewer's scope is made from.

-- name: passwordHash :one
SELECT password_hash
FROM access.credential
WHERE employee_id = @employee_id;

-- name: createSession :exec
INSERT INTO access.session (id, employee_id, refresh_hash, created_at, refreshed_at, expires_at)
VALUES (@id, @employee_id, @refresh_hash, @created_at, @created_at, @expires_at);

-- name: rotateSession :one
UPDATE access.session
SET refresh_hash = @new_hash, refreshed_at = @at, expires_at = @expires_at
WHERE refresh_hash = @old_hash
    AND ended_at IS NULL
    AND expires_at > @at
RETURNING *;

-- name: endSession :execrows
UPDATE access.session
SET ended_at = @at
WHERE id = @id
    AND employee_id = @employee_id
    AND ended_at IS NULL;

-- name: setPassword :exec
INSERT INTO access.credential (employee_id, password_hash, changed_at)
VALUES (@employee_id, @password_hash, @changed_at)
ON CONFLICT (employee_id) DO UPDATE
SET password_hash = excluded.password_hash, changed_at = excluded.changed_at;

-- name: endSessions :exec
UPDATE access.session
SET ended_at = @at
WHERE employee_id = @employee_id
    AND ended_at IS NULL;

-- name: CopyCredentials :copyfrom
INSERT INTO access.credential (employee_id, password_hash)
VALUES ($1, $2);

-- name: signingKeys :many
SELECT *
FROM access.signing_key;

-- lockSigningKeys keeps others from changing keys until the end of the transaction. They can be read.
-- name: lockSigningKeys :exec
LOCK TABLE access.signing_key IN SHARE ROW EXCLUSIVE MODE;

-- name: writeSigningKey :exec
INSERT INTO access.signing_key (id, sealed, published_at, signs_from, verifies_until)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (id) DO UPDATE
SET
    sealed = excluded.sealed, published_at = excluded.published_at, signs_from = excluded.signs_from,
    verifies_until = excluded.verifies_until;

-- name: removeOtherSigningKeys :exec
DELETE FROM access.signing_key
WHERE id <> ALL (@ids::text []);

-- Clear removes all people's accounts and sessions.
-- name: Clear :exec
TRUNCATE access.credential, access.session;
