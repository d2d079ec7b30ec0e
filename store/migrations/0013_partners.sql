-- +goose Up
CREATE SCHEMA partners;

-- Partner systems: their scopes and the stores that they have access to. The table is small.
CREATE TABLE partners.partner (
    id         uuid PRIMARY KEY,
    name       text NOT NULL,
    client_id  text NOT NULL CONSTRAINT partner_client_id_key UNIQUE,
    scopes     text NOT NULL CHECK (scopes <> ''), -- separated by spaces, as in OAuth
    all_stores boolean NOT NULL,
    store_ids  uuid [] NOT NULL, -- stores of the module stores; empty for a partner with all stores
    active     boolean NOT NULL DEFAULT true,
    version    integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CHECK (all_stores = (store_ids = '{}'))
);

CREATE INDEX partner_name_idx ON partners.partner (name, id);

-- Secrets with which partners authenticate. Only the hash is stored.
CREATE TABLE partners.secret (
    id         uuid PRIMARY KEY,
    partner_id uuid NOT NULL REFERENCES partners.partner (id),
    hash       bytea NOT NULL CHECK (length(hash) = 32), -- SHA-256
    created_at timestamptz NOT NULL,
    revoked_at timestamptz -- null while it is active
);

CREATE INDEX secret_partner_idx ON partners.secret (partner_id, created_at, id);

-- +goose Down
DROP SCHEMA partners CASCADE;
