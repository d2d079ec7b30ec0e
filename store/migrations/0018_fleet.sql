-- +goose Up
CREATE SCHEMA fleet;

-- The processes that serve the chain, as each tells every few seconds. One that has not told anything for a while is gone.
CREATE TABLE fleet.node (
    id            uuid PRIMARY KEY,
    host          text NOT NULL,
    roles         text [] NOT NULL,
    version       text NOT NULL,
    started_at    timestamptz NOT NULL,
    connections   integer NOT NULL CHECK (connections > 0), -- to PostgreSQL, at most
    draining      boolean NOT NULL DEFAULT false,
    streams       integer NOT NULL DEFAULT 0, -- open for subscriptions
    subscriptions integer NOT NULL DEFAULT 0,
    components    jsonb NOT NULL DEFAULT '[]',
    seen_at       timestamptz NOT NULL DEFAULT now() -- by this server's clock: those of the nodes may differ
) WITH (fillfactor = 50); -- the rows are few, and change all the time

-- What is to be restarted. Its node takes the row when it does so.
CREATE TABLE fleet.restart (
    id           uuid PRIMARY KEY,
    node_id      uuid NOT NULL REFERENCES fleet.node ON DELETE CASCADE,
    component    text NOT NULL,
    requested_by uuid, -- an employee of the module staff; null is the system
    requested_at timestamptz NOT NULL
);

CREATE INDEX restart_node_idx ON fleet.restart (node_id);

-- +goose Down
DROP SCHEMA fleet CASCADE;
