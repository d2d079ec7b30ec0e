-- +goose Up
-- When a task is completed or cancelled, the store's count of unfinished tasks decreases by one, without a recount of the
-- store's tasks.

-- The transaction that last changed the row. A transaction that changes several tasks of a store recounts from the second one
-- on: its triggers run after all rows of a statement are changed, so a count already includes the following ones.
ALTER TABLE tasks.workload ADD COLUMN changed_by bigint;

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION tasks.recount(store_ids uuid []) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('tasks.workload ' || id, 0))
    FROM (SELECT DISTINCT unnest(store_ids) AS id ORDER BY id) AS parent;

    INSERT INTO tasks.workload (store_id, unfinished, overdue, holds_after, holds_through, changed_by)
    SELECT
        parent.store_id, count(t.due_at), count(t.due_at) FILTER (WHERE t.due_at < statement_timestamp()),
        max(t.due_at) FILTER (WHERE t.due_at < statement_timestamp()),
        min(t.due_at) FILTER (WHERE t.due_at >= statement_timestamp()),
        pg_current_xact_id()::text::bigint
    FROM (SELECT DISTINCT unnest(store_ids) AS store_id) AS parent
    LEFT JOIN tasks.task AS t ON t.store_id = parent.store_id AND t.status IN ('OPEN', 'ASSIGNED', 'IN_PROGRESS')
    GROUP BY parent.store_id
    ON CONFLICT (store_id) DO UPDATE
    SET
        unfinished = excluded.unfinished, overdue = excluded.overdue,
        holds_after = excluded.holds_after, holds_through = excluded.holds_through, changed_by = excluded.changed_by;
END $$;
-- +goose StatementEnd

-- The instants between which the row is valid stay as they are, which is right with one task less, unless that was the next
-- one due. If the current time is outside them, all tasks are counted, so that the instants follow the clock.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION tasks.recount_row() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF old.store_id = new.store_id AND old.status IN ('OPEN', 'ASSIGNED', 'IN_PROGRESS')
        AND new.status NOT IN ('OPEN', 'ASSIGNED', 'IN_PROGRESS')
    THEN
        PERFORM pg_advisory_xact_lock(hashtextextended('tasks.workload ' || old.store_id, 0)); -- as recount does
        UPDATE tasks.workload
        SET
            unfinished = unfinished - 1, overdue = overdue - (CASE WHEN old.due_at <= holds_after THEN 1 ELSE 0 END),
            changed_by = pg_current_xact_id()::text::bigint
        WHERE store_id = old.store_id AND changed_by <> pg_current_xact_id()::text::bigint AND holds_through IS DISTINCT FROM old.due_at
            AND coalesce(holds_after < statement_timestamp(), true) AND coalesce(holds_through >= statement_timestamp(), true);
        IF found THEN
            RETURN NULL;
        END IF;
    END IF;
    PERFORM tasks.recount(ARRAY[old.store_id, new.store_id]);
    RETURN NULL;
END $$;
-- +goose StatementEnd

-- +goose Down
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION tasks.recount_row() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM tasks.recount(ARRAY[old.store_id, new.store_id]);
    RETURN NULL;
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION tasks.recount(store_ids uuid []) RETURNS void LANGUAGE plpgsql AS $$
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

ALTER TABLE tasks.workload DROP COLUMN changed_by;
