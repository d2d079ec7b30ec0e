-- +goose Up
CREATE SCHEMA kpis;

-- How far the log of events has been read into these tables.
CREATE TABLE kpis.projection (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    xid      bigint NOT NULL,
    seq      bigint NOT NULL,
    build_id uuid, -- of whoever makes the tables anew, or did last
    built_at timestamptz -- null while they are being made, or never were
);
INSERT INTO kpis.projection (xid, seq) VALUES (0, 0);

-- What the figures hang on is kept as the log told it last, so that what comes late, or twice, changes no more than it must.

CREATE TABLE kpis.region (
    id      uuid PRIMARY KEY, -- a region of the module stores
    code    text NOT NULL,
    version integer NOT NULL,
    created bigint NOT NULL DEFAULT 0, -- tasks that were created in its stores, ever
    done    bigint NOT NULL DEFAULT 0 -- times that a task was completed in them, ever
);

CREATE TABLE kpis.store (
    store_id  uuid PRIMARY KEY, -- a store of the module stores
    region_id uuid NOT NULL,
    timezone  text NOT NULL, -- which says what its days are
    status    text NOT NULL,
    version   integer NOT NULL,
    heard_at  timestamptz NOT NULL -- when somebody worked in it last, or since when it is open
);

CREATE TABLE kpis.task (
    task_id      uuid PRIMARY KEY, -- a task of the module tasks
    store_id     uuid NOT NULL,
    status       text NOT NULL,
    version      integer NOT NULL,
    since        timestamptz NOT NULL, -- when it came into its status
    created_at   timestamptz NOT NULL,
    due_at       timestamptz NOT NULL,
    completed_at timestamptz, -- null while it is not done
    day          date, -- on which it was completed, in the store
    CHECK ((completed_at IS NULL) = (day IS NULL))
);

CREATE INDEX task_store_day_idx ON kpis.task (store_id, day) WHERE day IS NOT NULL;
-- For the figures of the whole chain.
CREATE INDEX task_unfinished_idx ON kpis.task (due_at, status, store_id) WHERE status IN ('OPEN', 'ASSIGNED', 'IN_PROGRESS');
CREATE INDEX task_completed_idx ON kpis.task (completed_at) WHERE completed_at IS NOT NULL;

CREATE TABLE kpis.feedback (
    feedback_id  uuid PRIMARY KEY, -- feedback of the module feedback
    store_id     uuid NOT NULL,
    score        integer NOT NULL,
    submitted_at timestamptz NOT NULL,
    day          date NOT NULL -- on which it was said, in the store
);

CREATE INDEX feedback_store_day_idx ON kpis.feedback (store_id, day);
CREATE INDEX feedback_submitted_idx ON kpis.feedback (submitted_at);

-- What is asked for: a store's days. One on which nothing happened has no row.
CREATE TABLE kpis.day (
    store_id   uuid NOT NULL,
    day        date NOT NULL,
    completed  integer NOT NULL, -- tasks that were completed on it and not rejected since
    on_time    integer NOT NULL, -- of them, those that were not late
    seconds    integer [] NOT NULL, -- from the creation to the completion of each, in no order
    answers    integer NOT NULL, -- customers who said something
    promoters  integer NOT NULL, -- of them, those with 9 or 10
    detractors integer NOT NULL, -- of them, those with 0 to 6
    PRIMARY KEY (store_id, day)
);

-- The figures of the chain for its operators, as one node made them last for all.
CREATE TABLE kpis.figures (
    only_row   boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    claimed_at timestamptz NOT NULL, -- when somebody began to make them
    made       jsonb -- null for never
);
INSERT INTO kpis.figures (claimed_at) VALUES ('epoch');

-- +goose Down
DROP SCHEMA kpis CASCADE;
