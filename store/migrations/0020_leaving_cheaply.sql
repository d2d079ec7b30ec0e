-- +goose Up
-- The same function with expressions instead of statements: a statement in a trigger costs PostgreSQL about as much as the
-- change of the row.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION tasks.recount_row() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    this bigint := pg_current_xact_id()::text::bigint;
    waited text;
BEGIN
    IF old.store_id = new.store_id AND old.status IN ('OPEN', 'ASSIGNED', 'IN_PROGRESS')
        AND new.status NOT IN ('OPEN', 'ASSIGNED', 'IN_PROGRESS')
    THEN
        waited := pg_advisory_xact_lock(hashtextextended('tasks.workload ' || old.store_id, 0)); -- as recount does
        UPDATE tasks.workload
        SET
            unfinished = unfinished - 1, overdue = overdue - (CASE WHEN old.due_at <= holds_after THEN 1 ELSE 0 END), changed_by = this
        WHERE store_id = old.store_id AND changed_by <> this AND holds_through IS DISTINCT FROM old.due_at
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
