-- +goose Up
-- Refresh tokens now contain their session's id, and a lost successor can be issued again. Older tokens have neither.
DELETE FROM access.session;

ALTER TABLE access.session
    DROP CONSTRAINT session_refresh_hash_key, -- sessions are now found by id
    ADD COLUMN previous_hash bytea, -- of the previous refresh token
    ADD COLUMN access_until timestamptz NOT NULL, -- when all its access tokens have expired
    ADD COLUMN client_name text NOT NULL, -- as the client named itself at the last use
    ADD COLUMN client_version text NOT NULL,
    ADD COLUMN address_hint text NOT NULL; -- the network of the last use

-- Revoked access tokens: all of a session, or those of an employee that have another role, store or region than the
-- ones here. Every node polls for new rows.
CREATE TABLE access.revocation (
    id           uuid PRIMARY KEY, -- of a session, or of an employee of the module staff
    until        timestamptz NOT NULL, -- when all such tokens have expired
    role         text, -- the employee's current role; null revokes all tokens
    at_store_id  uuid, -- a store of the module stores; not the owner of the row, because employees move
    at_region_id uuid, -- a region of the module stores
    xid          bigint NOT NULL DEFAULT (pg_current_xact_id()::text::bigint) -- a reader continues from the xmin of its last snapshot
);

CREATE INDEX revocation_xid_idx ON access.revocation (xid); -- for polling

-- Counts of failed logins: of an account, of a network, and of an account from a network.
CREATE TABLE access.try (
    name          bytea PRIMARY KEY, -- a pseudonym that auth computes
    failures      integer NOT NULL,
    last_at       timestamptz,
    blocked_until timestamptz,
    good_at       timestamptz -- the last successful login
);

-- An event about an employee: visible to the employee and to those who manage staff there.
ALTER TABLE events.event ADD COLUMN personal boolean NOT NULL DEFAULT false;

-- +goose Down
ALTER TABLE events.event DROP COLUMN personal;
DROP TABLE access.try;
DROP TABLE access.revocation;
DELETE FROM access.session;
ALTER TABLE access.session
    DROP COLUMN previous_hash,
    DROP COLUMN access_until,
    DROP COLUMN client_name,
    DROP COLUMN client_version,
    DROP COLUMN address_hint,
    ADD CONSTRAINT session_refresh_hash_key UNIQUE (refresh_hash);
