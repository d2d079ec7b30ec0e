-- +goose Up
CREATE SCHEMA access;

CREATE TABLE access.credential (
    employee_id   uuid PRIMARY KEY, -- an employee of the module staff
    password_hash text NOT NULL, -- argon2id, as a PHC string
    changed_at    timestamptz NOT NULL DEFAULT now()
);

-- A session begins with a login. Its refresh token changes at each use, and only the token's hash is stored.
CREATE TABLE access.session (
    id           uuid PRIMARY KEY,
    employee_id  uuid NOT NULL, -- an employee of the module staff
    refresh_hash bytea NOT NULL CONSTRAINT session_refresh_hash_key UNIQUE,
    created_at   timestamptz NOT NULL,
    refreshed_at timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    ended_at     timestamptz
);

CREATE INDEX session_employee_idx ON access.session (employee_id, created_at);

-- +goose Down
DROP SCHEMA access CASCADE;
