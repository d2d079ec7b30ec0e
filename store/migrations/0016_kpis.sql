-- +goose Up
CREATE SCHEMA kpis;

-- The position in the event log up to which these tables are derived.
CREATE TABLE kpis.projection (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    xid      bigint NOT NULL,
    seq      bigint NOT NULL,
    build_id uuid, -- of the running or the last rebuild
    built_at timestamptz -- null during a rebuild and before the first one
);
INSERT INTO kpis.projection (xid, seq) VALUES (0, 0);

-- These tables have the entities that KPIs depend on, as of their last event, so that late and repeated events change nothing.

CREATE TABLE kpis.region (
    id      uuid PRIMARY KEY, -- a region of the module stores
    code    text NOT NULL,
    version integer NOT NULL,
    created bigint NOT NULL DEFAULT 0, -- tasks that were ever created in its stores
    done    bigint NOT NULL DEFAULT 0 -- completions of tasks in its stores, ever
);

CREATE TABLE kpis.store (
    store_id  uuid PRIMARY KEY, -- a store of the module stores
    region_id uuid NOT NULL,
    timezone  text NOT NULL, -- determines the store's days
    status    text NOT NULL,
    version   integer NOT NULL,
    heard_at  timestamptz NOT NULL -- the last activity, or when the store got its status
);

CREATE TABLE kpis.task (
    task_id      uuid PRIMARY KEY, -- a task of the module tasks
    store_id     uuid NOT NULL,
    status       text NOT NULL,
    version      integer NOT NULL,
    since        timestamptz NOT NULL, -- when it got its status
    created_at   timestamptz NOT NULL,
    due_at       timestamptz NOT NULL,
    completed_at timestamptz, -- null until it is done
    day          date, -- of the completion, in the store's time zone
    CHECK ((completed_at IS NULL) = (day IS NULL))
);

CREATE INDEX task_store_day_idx ON kpis.task (store_id, day) WHERE day IS NOT NULL;
-- For the chain metrics.
CREATE INDEX task_unfinished_idx ON kpis.task (due_at, status, store_id) WHERE status IN ('OPEN', 'ASSIGNED', 'IN_PROGRESS');
CREATE INDEX task_completed_idx ON kpis.task (completed_at) WHERE completed_at IS NOT NULL;

CREATE TABLE kpis.feedback (
    feedback_id  uuid PRIMARY KEY, -- feedback of the module feedback
    store_id     uuid NOT NULL,
    score        integer NOT NULL,
    submitted_at timestamptz NOT NULL,
    day          date NOT NULL -- of the submission, in the store's time zone
);

CREATE INDEX feedback_store_day_idx ON kpis.feedback (store_id, day);
CREATE INDEX feedback_submitted_idx ON kpis.feedback (submitted_at);

-- The KPIs of a store's days. A day without tasks and feedback has no row.
CREATE TABLE kpis.day (
    store_id   uuid NOT NULL,
    day        date NOT NULL,
    completed  integer NOT NULL, -- tasks completed on the day and not rejected since
    on_time    integer NOT NULL, -- of them, those on time
    seconds    integer [] NOT NULL, -- from creation to completion of each task, in no order
    answers    integer NOT NULL, -- feedback
    promoters  integer NOT NULL, -- of them, scores of 9 and 10
    detractors integer NOT NULL, -- of them, scores of 0 to 6
    PRIMARY KEY (store_id, day)
);

-- The chain metrics for operators, as one node computed them for all.
CREATE TABLE kpis.figures (
    only_row   boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    claimed_at timestamptz NOT NULL, -- when a node began to compute them
    made       jsonb -- null before the first time
);
INSERT INTO kpis.figures (claimed_at) VALUES ('epoch');

-- +goose Down
DROP SCHEMA kpis CASCADE;
