-- +goose Up
CREATE SCHEMA partners;

-- Systems of others that ask us: what they may do and which stores they see. They are few.
CREATE TABLE partners.partner (
    id         uuid PRIMARY KEY,
    name       text NOT NULL,
    client_id  text NOT NULL CONSTRAINT partner_client_id_key UNIQUE,
    scopes     text NOT NULL CHECK (scopes <> ''), -- as OAuth writes them, a space between
    all_stores boolean NOT NULL,
    store_ids  uuid [] NOT NULL, -- stores of the module stores, when it does not see all
    active     boolean NOT NULL DEFAULT true,
    version    integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CHECK (all_stores = (store_ids = '{}'))
);

CREATE INDEX partner_name_idx ON partners.partner (name, id);

-- What a partner proves with who it is. Only the hash is kept.
CREATE TABLE partners.secret (
    id         uuid PRIMARY KEY,
    partner_id uuid NOT NULL REFERENCES partners.partner (id),
    hash       bytea NOT NULL CHECK (length(hash) = 32), -- SHA-256
    created_at timestamptz NOT NULL,
    ended_at   timestamptz -- null while it is good
);

CREATE INDEX secret_partner_idx ON partners.secret (partner_id, created_at, id);

-- +goose Down
DROP SCHEMA partners CASCADE;
