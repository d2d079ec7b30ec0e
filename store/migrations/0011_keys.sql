-- +goose Up
-- What access tokens are signed with: a few rows. Only who has AISLE_SECRET can open a private half, and the public one is
-- made of it.
CREATE TABLE access.signing_key (
    id             text PRIMARY KEY, -- RFC 7638 thumbprint of the public half
    sealed         bytea NOT NULL, -- the private half, as auth seals it
    published_at   timestamptz NOT NULL,
    signs_from     timestamptz NOT NULL,
    verifies_until timestamptz -- NULL: no key comes after it yet
);

-- +goose Down
DROP TABLE access.signing_key;
