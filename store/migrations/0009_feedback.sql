-- +goose Up
CREATE SCHEMA feedback;

-- What a customer said about a store: how likely they are to recommend it (the score of the NPS), and why.
CREATE TABLE feedback.feedback (
    id           uuid PRIMARY KEY,
    store_id     uuid NOT NULL, -- a store of the module stores
    score        integer NOT NULL CHECK (score BETWEEN 0 AND 10),
    comment      text,
    submitted_at timestamptz NOT NULL,
    created_at   timestamptz NOT NULL,
    actor_id     uuid -- who told of it, an employee of the module staff; null for the system
);

-- A store's, the newest first.
CREATE INDEX feedback_store_submitted_idx ON feedback.feedback (store_id, submitted_at, id);

-- +goose Down
DROP SCHEMA feedback CASCADE;
