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

-- Clear removes everything of the module.
-- name: Clear :exec
TRUNCATE access.credential, access.session;
