-- +goose Up
-- The keys that sign access tokens, a few rows. A private key can be opened only with AISLE_SECRET. The public key is
-- derived from it.
CREATE TABLE access.signing_key (
    id             text PRIMARY KEY, -- RFC 7638 thumbprint of the public key
    sealed         bytea NOT NULL, -- the private key, sealed by auth
    published_at   timestamptz NOT NULL,
    signs_from     timestamptz NOT NULL,
    verifies_until timestamptz -- null while it is the newest key
);

-- +goose Down
DROP TABLE access.signing_key;
