-- +goose Up
CREATE SCHEMA operations;

-- Registered operations: documents for which the limits of other documents do not apply. A new document of the same name is
-- another version: installed apps continue with the old one.
CREATE TABLE operations.operation (
    client        text NOT NULL CHECK (client <> ''),
    name          text NOT NULL CHECK (name <> ''), -- the operation's name in the document
    sha256        bytea NOT NULL CHECK (length(sha256) = 32), -- of the document
    document      text NOT NULL,
    registered_at timestamptz NOT NULL,
    PRIMARY KEY (client, name, sha256)
);

-- +goose Down
DROP SCHEMA operations CASCADE;
