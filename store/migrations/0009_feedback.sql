-- +goose Up
CREATE SCHEMA feedback;

-- Customer feedback about a store: how likely the customer is to recommend it (the score of the NPS), and why.
CREATE TABLE feedback.feedback (
    id           uuid PRIMARY KEY,
    store_id     uuid NOT NULL, -- a store of the module stores
    score        integer NOT NULL CHECK (score BETWEEN 0 AND 10),
    comment      text,
    submitted_at timestamptz NOT NULL,
    created_at   timestamptz NOT NULL,
    actor_id     uuid, -- who reported it, an employee of the module staff or a partner; null for the system
    external_id  text -- in the reporter's system
);

-- A reporter uses an external id once, for good: idempotency keys end.
CREATE UNIQUE INDEX feedback_external_key ON feedback.feedback (actor_id, external_id) WHERE external_id IS NOT NULL;

-- For a store's feedback, newest first.
CREATE INDEX feedback_store_submitted_idx ON feedback.feedback (store_id, submitted_at, id);

-- +goose Down
DROP SCHEMA feedback CASCADE;
