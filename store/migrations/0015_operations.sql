-- +goose Up
CREATE SCHEMA operations;

-- The documents that clients may send though they cost more than others may. A new document of the same name is another
-- version: apps in the field go on with the old one.
CREATE TABLE operations.operation (
    client        text NOT NULL CHECK (client <> ''),
    name          text NOT NULL CHECK (name <> ''), -- that of the operation in the document
    sha256        bytea NOT NULL CHECK (length(sha256) = 32), -- of the document
    document      text NOT NULL,
    registered_at timestamptz NOT NULL,
    PRIMARY KEY (client, name, sha256)
);

-- +goose Down
DROP SCHEMA operations CASCADE;
