-- +goose Up
CREATE SCHEMA fleet;

-- The node registry. Each node updates its row every few seconds. A node without an update for a while is dead.
CREATE TABLE fleet.node (
    id            uuid PRIMARY KEY,
    host          text NOT NULL,
    roles         text [] NOT NULL,
    version       text NOT NULL,
    started_at    timestamptz NOT NULL,
    connections   integer NOT NULL CHECK (connections > 0), -- maximum number of connections to PostgreSQL
    draining      boolean NOT NULL DEFAULT false,
    streams       integer NOT NULL DEFAULT 0, -- open WebSockets and event streams
    subscriptions integer NOT NULL DEFAULT 0,
    components    jsonb NOT NULL DEFAULT '[]',
    seen_at       timestamptz NOT NULL DEFAULT now() -- by the database's clock, because the nodes' clocks may differ
) WITH (fillfactor = 50); -- few rows with frequent updates

-- Requests to restart a component. The node deletes the row when it does so.
CREATE TABLE fleet.restart (
    id           uuid PRIMARY KEY,
    node_id      uuid NOT NULL REFERENCES fleet.node ON DELETE CASCADE,
    component    text NOT NULL,
    requested_by uuid, -- an employee of the module staff; null for the system
    requested_at timestamptz NOT NULL
);

CREATE INDEX restart_node_idx ON fleet.restart (node_id);

-- +goose Down
DROP SCHEMA fleet CASCADE;
