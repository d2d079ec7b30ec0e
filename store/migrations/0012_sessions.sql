-- +goose Up
-- Refresh tokens name their session, and have a successor that can be given once more. Those of before do neither.
DELETE FROM access.session;

ALTER TABLE access.session
    DROP CONSTRAINT session_refresh_hash_key, -- a session is found by its id
    ADD COLUMN previous_hash bytea, -- of the refresh token that the current one came after
    ADD COLUMN access_until timestamptz NOT NULL, -- all its access tokens have expired by then
    ADD COLUMN client_name text NOT NULL, -- in its own words, as of the last use
    ADD COLUMN client_version text NOT NULL,
    ADD COLUMN address_hint text NOT NULL; -- the network that it was last used from

-- Access tokens that are refused although they are good: those of a session, or those of an employee that say another
-- place than the one here. Every node reads what is new here all the time.
CREATE TABLE access.revocation (
    id           uuid PRIMARY KEY, -- of a session, or of an employee of the module staff
    until        timestamptz NOT NULL, -- all such tokens have expired by then
    role         text, -- where the employee stands now; null is nowhere
    at_store_id  uuid, -- a store of the module stores: the row is not the store's, because employees move
    at_region_id uuid, -- a region of the module stores
    xid          bigint NOT NULL DEFAULT (pg_current_xact_id()::text::bigint) -- who has read a snapshot reads on from its xmin
);

CREATE INDEX revocation_xid_idx ON access.revocation (xid); -- for reading what is new

-- How often signing in has failed: for an account, for a network, and for an account from a network.
CREATE TABLE access.try (
    name          bytea PRIMARY KEY, -- a pseudonym of auth's
    failures      integer NOT NULL,
    last_at       timestamptz,
    blocked_until timestamptz,
    good_at       timestamptz -- when somebody signed in last
);

-- An event about a person: for them, and for those who manage the staff where it happened.
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
