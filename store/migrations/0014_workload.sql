-- +goose Up
-- How many unfinished tasks a store has, and how many of them are overdue, for lists of stores. Counting would read every
-- task, and this reads one row.
--
-- What is overdue depends on the time. So a row has the two instants between which its count is valid: after the due time of
-- the last overdue task, up to the due time of the first other task. The row is right at any time, also for a wrong clock.
-- For an instant outside, the reader counts.
--
-- Triggers maintain it in every transaction that changes tasks: commands, COPY, or statements in psql.
CREATE TABLE tasks.workload (
    store_id      uuid PRIMARY KEY, -- a store of the module stores
    unfinished    integer NOT NULL,
    overdue       integer NOT NULL,
    holds_after   timestamptz, -- due time of the last overdue task; null for none
    holds_through timestamptz -- due time of the first other task; null for none
) WITH (fillfactor = 70); -- for HOT updates

-- recount counts the unfinished tasks of stores. Concurrent changes of the same store's tasks wait here, and then see each
-- other's changes.
-- +goose StatementBegin
CREATE FUNCTION tasks.recount(store_ids uuid []) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('tasks.workload ' || id, 0))
    FROM (SELECT DISTINCT unnest(store_ids) AS id ORDER BY id) AS parent;

    INSERT INTO tasks.workload (store_id, unfinished, overdue, holds_after, holds_through)
    SELECT
        parent.store_id, count(t.due_at), count(t.due_at) FILTER (WHERE t.due_at < statement_timestamp()),
        max(t.due_at) FILTER (WHERE t.due_at < statement_timestamp()),
        min(t.due_at) FILTER (WHERE t.due_at >= statement_timestamp())
    FROM (SELECT DISTINCT unnest(store_ids) AS store_id) AS parent
    LEFT JOIN tasks.task AS t ON t.store_id = parent.store_id AND t.status IN ('OPEN', 'ASSIGNED', 'IN_PROGRESS')
    GROUP BY parent.store_id
    ON CONFLICT (store_id) DO UPDATE
    SET
        unfinished = excluded.unfinished, overdue = excluded.overdue,
        holds_after = excluded.holds_after, holds_through = excluded.holds_through;
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION tasks.recount_rows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM tasks.recount(ARRAY(SELECT DISTINCT store_id FROM changed));
    RETURN NULL;
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION tasks.recount_row() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM tasks.recount(ARRAY[old.store_id, new.store_id]);
    RETURN NULL;
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION tasks.forget_workloads() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    TRUNCATE tasks.workload;
    RETURN NULL;
END $$;
-- +goose StatementEnd

CREATE TRIGGER task_inserted AFTER INSERT ON tasks.task
REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tasks.recount_rows();

CREATE TRIGGER task_deleted AFTER DELETE ON tasks.task
REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tasks.recount_rows();

-- Most changes of a task do not change the counts.
CREATE TRIGGER task_updated AFTER UPDATE ON tasks.task FOR EACH ROW
WHEN (
    (old.status IN ('OPEN', 'ASSIGNED', 'IN_PROGRESS')) <> (new.status IN ('OPEN', 'ASSIGNED', 'IN_PROGRESS'))
    OR old.due_at <> new.due_at OR old.store_id <> new.store_id
)
EXECUTE FUNCTION tasks.recount_row();

CREATE TRIGGER task_truncated AFTER TRUNCATE ON tasks.task
FOR EACH STATEMENT EXECUTE FUNCTION tasks.forget_workloads();

SELECT tasks.recount(ARRAY(SELECT DISTINCT store_id FROM tasks.task));

-- +goose Down
DROP TRIGGER task_inserted ON tasks.task;
DROP TRIGGER task_deleted ON tasks.task;
DROP TRIGGER task_updated ON tasks.task;
DROP TRIGGER task_truncated ON tasks.task;
DROP FUNCTION tasks.forget_workloads(), tasks.recount_row(), tasks.recount_rows(), tasks.recount(uuid []);
DROP TABLE tasks.workload;
