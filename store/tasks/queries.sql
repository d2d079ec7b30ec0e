-- Templates belong to the chain: every signed-in user may read them. Tasks, steps and comments belong to a store.
-- Lists have one statement for each order that clients can request, so that each uses the order of an index.

-- name: getTasks :many
SELECT *
FROM tasks.task
WHERE id = ANY (@ids::uuid [])
    AND (@scope_all::boolean OR store_id = ANY (@scope_stores::uuid []));

-- listUnfinishedTasksByStore serves the most frequent request. It has no optional conditions, so one generic plan fits all. For
-- the first page, after_at and after_id are zero.
-- name: listUnfinishedTasksByStore :many
SELECT page.*
FROM unnest(@store_ids::uuid []) AS parent (store_id)
CROSS JOIN LATERAL (
    SELECT p.*
    FROM tasks.task AS p
    WHERE p.store_id = parent.store_id
        AND (@scope_all::boolean OR p.store_id = ANY (@scope_stores::uuid []))
        AND p.status IN ('OPEN', 'ASSIGNED', 'IN_PROGRESS')
        AND (p.due_at, p.id) > (@after_at::timestamptz, @after_id::uuid)
    ORDER BY p.due_at, p.id
    LIMIT @row_limit
) AS page;

-- name: listTasksByStore :many
SELECT page.*
FROM unnest(@store_ids::uuid []) AS parent (store_id)
CROSS JOIN LATERAL (
    SELECT p.*
    FROM tasks.task AS p
    WHERE p.store_id = parent.store_id
        AND (@scope_all::boolean OR p.store_id = ANY (@scope_stores::uuid []))
        AND (sqlc.narg('in_stores')::uuid [] IS NULL OR p.store_id = ANY (sqlc.narg('in_stores')))
        AND (sqlc.narg('statuses')::text [] IS NULL OR p.status = ANY (sqlc.narg('statuses')))
        AND (sqlc.narg('kinds')::text [] IS NULL OR p.kind = ANY (sqlc.narg('kinds')))
        AND (sqlc.narg('priorities')::text [] IS NULL OR p.priority = ANY (sqlc.narg('priorities')))
        AND (sqlc.narg('assignee_id')::uuid IS NULL OR p.assignee_id = sqlc.narg('assignee_id'))
        AND (sqlc.narg('title_pattern')::text IS NULL OR p.title ILIKE sqlc.narg('title_pattern'))
        AND (sqlc.narg('due_from')::timestamptz IS NULL OR p.due_at >= sqlc.narg('due_from'))
        AND (sqlc.narg('due_before')::timestamptz IS NULL OR p.due_at < sqlc.narg('due_before'))
        AND (
            sqlc.narg('not_overdue_at')::timestamptz IS NULL OR p.due_at >= sqlc.narg('not_overdue_at')
            OR p.status NOT IN ('OPEN', 'ASSIGNED', 'IN_PROGRESS')
        )
        AND (
            sqlc.narg('after_at')::timestamptz IS NULL
            OR CASE @list_order::text
                WHEN 'DUE_AT_ASC' THEN (p.due_at, p.id) > (sqlc.narg('after_at'), sqlc.narg('after_id')::uuid)
                WHEN 'DUE_AT_DESC' THEN (p.due_at, p.id) < (sqlc.narg('after_at'), sqlc.narg('after_id')::uuid)
                WHEN 'CREATED_AT_ASC' THEN (p.created_at, p.id) > (sqlc.narg('after_at'), sqlc.narg('after_id')::uuid)
                WHEN 'CREATED_AT_DESC' THEN (p.created_at, p.id) < (sqlc.narg('after_at'), sqlc.narg('after_id')::uuid)
            END
        )
    ORDER BY
        CASE WHEN @list_order = 'DUE_AT_ASC' THEN p.due_at END,
        CASE WHEN @list_order = 'DUE_AT_DESC' THEN p.due_at END DESC,
        CASE WHEN @list_order = 'CREATED_AT_ASC' THEN p.created_at END,
        CASE WHEN @list_order = 'CREATED_AT_DESC' THEN p.created_at END DESC,
        CASE WHEN @list_order IN ('DUE_AT_ASC', 'CREATED_AT_ASC') THEN p.id END,
        CASE WHEN @list_order IN ('DUE_AT_DESC', 'CREATED_AT_DESC') THEN p.id END DESC
    LIMIT @row_limit
) AS page;

-- name: listTasksByAssignee :many
SELECT page.*
FROM unnest(@assignee_ids::uuid []) AS parent (assignee_id)
CROSS JOIN LATERAL (
    SELECT p.*
    FROM tasks.task AS p
    WHERE p.assignee_id = parent.assignee_id
        AND (@scope_all::boolean OR p.store_id = ANY (@scope_stores::uuid []))
        AND (sqlc.narg('in_stores')::uuid [] IS NULL OR p.store_id = ANY (sqlc.narg('in_stores')))
        AND (sqlc.narg('statuses')::text [] IS NULL OR p.status = ANY (sqlc.narg('statuses')))
        AND (sqlc.narg('kinds')::text [] IS NULL OR p.kind = ANY (sqlc.narg('kinds')))
        AND (sqlc.narg('priorities')::text [] IS NULL OR p.priority = ANY (sqlc.narg('priorities')))
        AND (sqlc.narg('assignee_id')::uuid IS NULL OR p.assignee_id = sqlc.narg('assignee_id'))
        AND (sqlc.narg('title_pattern')::text IS NULL OR p.title ILIKE sqlc.narg('title_pattern'))
        AND (sqlc.narg('due_from')::timestamptz IS NULL OR p.due_at >= sqlc.narg('due_from'))
        AND (sqlc.narg('due_before')::timestamptz IS NULL OR p.due_at < sqlc.narg('due_before'))
        AND (
            sqlc.narg('not_overdue_at')::timestamptz IS NULL OR p.due_at >= sqlc.narg('not_overdue_at')
            OR p.status NOT IN ('OPEN', 'ASSIGNED', 'IN_PROGRESS')
        )
        AND (
            sqlc.narg('after_at')::timestamptz IS NULL
            OR CASE @list_order::text
                WHEN 'DUE_AT_ASC' THEN (p.due_at, p.id) > (sqlc.narg('after_at'), sqlc.narg('after_id')::uuid)
                WHEN 'DUE_AT_DESC' THEN (p.due_at, p.id) < (sqlc.narg('after_at'), sqlc.narg('after_id')::uuid)
                WHEN 'CREATED_AT_ASC' THEN (p.created_at, p.id) > (sqlc.narg('after_at'), sqlc.narg('after_id')::uuid)
                WHEN 'CREATED_AT_DESC' THEN (p.created_at, p.id) < (sqlc.narg('after_at'), sqlc.narg('after_id')::uuid)
            END
        )
    ORDER BY
        CASE WHEN @list_order = 'DUE_AT_ASC' THEN p.due_at END,
        CASE WHEN @list_order = 'DUE_AT_DESC' THEN p.due_at END DESC,
        CASE WHEN @list_order = 'CREATED_AT_ASC' THEN p.created_at END,
        CASE WHEN @list_order = 'CREATED_AT_DESC' THEN p.created_at END DESC,
        CASE WHEN @list_order IN ('DUE_AT_ASC', 'CREATED_AT_ASC') THEN p.id END,
        CASE WHEN @list_order IN ('DUE_AT_DESC', 'CREATED_AT_DESC') THEN p.id END DESC
    LIMIT @row_limit
) AS page;

-- name: listTasks :many
SELECT *
FROM tasks.task AS p
WHERE (@scope_all::boolean OR p.store_id = ANY (@scope_stores::uuid []))
    AND (sqlc.narg('in_stores')::uuid [] IS NULL OR p.store_id = ANY (sqlc.narg('in_stores')))
    AND (sqlc.narg('statuses')::text [] IS NULL OR p.status = ANY (sqlc.narg('statuses')))
    AND (sqlc.narg('kinds')::text [] IS NULL OR p.kind = ANY (sqlc.narg('kinds')))
    AND (sqlc.narg('priorities')::text [] IS NULL OR p.priority = ANY (sqlc.narg('priorities')))
    AND (sqlc.narg('assignee_id')::uuid IS NULL OR p.assignee_id = sqlc.narg('assignee_id'))
    AND (sqlc.narg('title_pattern')::text IS NULL OR p.title ILIKE sqlc.narg('title_pattern'))
    AND (sqlc.narg('due_from')::timestamptz IS NULL OR p.due_at >= sqlc.narg('due_from'))
    AND (sqlc.narg('due_before')::timestamptz IS NULL OR p.due_at < sqlc.narg('due_before'))
    AND (
        sqlc.narg('not_overdue_at')::timestamptz IS NULL OR p.due_at >= sqlc.narg('not_overdue_at')
        OR p.status NOT IN ('OPEN', 'ASSIGNED', 'IN_PROGRESS')
    )
    AND (
        sqlc.narg('after_at')::timestamptz IS NULL
        OR CASE @list_order::text
            WHEN 'DUE_AT_ASC' THEN (p.due_at, p.id) > (sqlc.narg('after_at'), sqlc.narg('after_id')::uuid)
            WHEN 'DUE_AT_DESC' THEN (p.due_at, p.id) < (sqlc.narg('after_at'), sqlc.narg('after_id')::uuid)
            WHEN 'CREATED_AT_ASC' THEN (p.created_at, p.id) > (sqlc.narg('after_at'), sqlc.narg('after_id')::uuid)
            WHEN 'CREATED_AT_DESC' THEN (p.created_at, p.id) < (sqlc.narg('after_at'), sqlc.narg('after_id')::uuid)
        END
    )
ORDER BY
    CASE WHEN @list_order = 'DUE_AT_ASC' THEN p.due_at END,
    CASE WHEN @list_order = 'DUE_AT_DESC' THEN p.due_at END DESC,
    CASE WHEN @list_order = 'CREATED_AT_ASC' THEN p.created_at END,
    CASE WHEN @list_order = 'CREATED_AT_DESC' THEN p.created_at END DESC,
    CASE WHEN @list_order IN ('DUE_AT_ASC', 'CREATED_AT_ASC') THEN p.id END,
    CASE WHEN @list_order IN ('DUE_AT_DESC', 'CREATED_AT_DESC') THEN p.id END DESC
LIMIT @row_limit;

-- name: countTasks :one
SELECT count(*)
FROM tasks.task AS p
WHERE (@scope_all::boolean OR p.store_id = ANY (@scope_stores::uuid []))
    AND (sqlc.narg('in_stores')::uuid [] IS NULL OR p.store_id = ANY (sqlc.narg('in_stores')))
    AND (sqlc.narg('statuses')::text [] IS NULL OR p.status = ANY (sqlc.narg('statuses')))
    AND (sqlc.narg('kinds')::text [] IS NULL OR p.kind = ANY (sqlc.narg('kinds')))
    AND (sqlc.narg('priorities')::text [] IS NULL OR p.priority = ANY (sqlc.narg('priorities')))
    AND (sqlc.narg('assignee_id')::uuid IS NULL OR p.assignee_id = sqlc.narg('assignee_id'))
    AND (sqlc.narg('title_pattern')::text IS NULL OR p.title ILIKE sqlc.narg('title_pattern'))
    AND (sqlc.narg('due_from')::timestamptz IS NULL OR p.due_at >= sqlc.narg('due_from'))
    AND (sqlc.narg('due_before')::timestamptz IS NULL OR p.due_at < sqlc.narg('due_before'))
    AND (
        sqlc.narg('not_overdue_at')::timestamptz IS NULL OR p.due_at >= sqlc.narg('not_overdue_at')
        OR p.status NOT IN ('OPEN', 'ASSIGNED', 'IN_PROGRESS')
    );

-- name: countTasksByStore :many
SELECT p.store_id, count(*) AS total
FROM tasks.task AS p
WHERE p.store_id = ANY (@store_ids::uuid [])
    AND (@scope_all::boolean OR p.store_id = ANY (@scope_stores::uuid []))
    AND (sqlc.narg('in_stores')::uuid [] IS NULL OR p.store_id = ANY (sqlc.narg('in_stores')))
    AND (sqlc.narg('statuses')::text [] IS NULL OR p.status = ANY (sqlc.narg('statuses')))
    AND (sqlc.narg('kinds')::text [] IS NULL OR p.kind = ANY (sqlc.narg('kinds')))
    AND (sqlc.narg('priorities')::text [] IS NULL OR p.priority = ANY (sqlc.narg('priorities')))
    AND (sqlc.narg('assignee_id')::uuid IS NULL OR p.assignee_id = sqlc.narg('assignee_id'))
    AND (sqlc.narg('title_pattern')::text IS NULL OR p.title ILIKE sqlc.narg('title_pattern'))
    AND (sqlc.narg('due_from')::timestamptz IS NULL OR p.due_at >= sqlc.narg('due_from'))
    AND (sqlc.narg('due_before')::timestamptz IS NULL OR p.due_at < sqlc.narg('due_before'))
    AND (
        sqlc.narg('not_overdue_at')::timestamptz IS NULL OR p.due_at >= sqlc.narg('not_overdue_at')
        OR p.status NOT IN ('OPEN', 'ASSIGNED', 'IN_PROGRESS')
    )
GROUP BY p.store_id;

-- name: countTasksByAssignee :many
SELECT p.assignee_id::uuid AS assignee_id, count(*) AS total
FROM tasks.task AS p
WHERE p.assignee_id = ANY (@assignee_ids::uuid [])
    AND (@scope_all::boolean OR p.store_id = ANY (@scope_stores::uuid []))
    AND (sqlc.narg('in_stores')::uuid [] IS NULL OR p.store_id = ANY (sqlc.narg('in_stores')))
    AND (sqlc.narg('statuses')::text [] IS NULL OR p.status = ANY (sqlc.narg('statuses')))
    AND (sqlc.narg('kinds')::text [] IS NULL OR p.kind = ANY (sqlc.narg('kinds')))
    AND (sqlc.narg('priorities')::text [] IS NULL OR p.priority = ANY (sqlc.narg('priorities')))
    AND (sqlc.narg('assignee_id')::uuid IS NULL OR p.assignee_id = sqlc.narg('assignee_id'))
    AND (sqlc.narg('title_pattern')::text IS NULL OR p.title ILIKE sqlc.narg('title_pattern'))
    AND (sqlc.narg('due_from')::timestamptz IS NULL OR p.due_at >= sqlc.narg('due_from'))
    AND (sqlc.narg('due_before')::timestamptz IS NULL OR p.due_at < sqlc.narg('due_before'))
    AND (
        sqlc.narg('not_overdue_at')::timestamptz IS NULL OR p.due_at >= sqlc.narg('not_overdue_at')
        OR p.status NOT IN ('OPEN', 'ASSIGNED', 'IN_PROGRESS')
    )
GROUP BY p.assignee_id;

-- name: listStoresWithOverdueTasks :many
SELECT w.store_id
FROM tasks.workload AS w
WHERE (@scope_all::boolean OR w.store_id = ANY (@scope_stores::uuid []))
    AND EXISTS (
        SELECT
        FROM tasks.task AS t
        WHERE t.store_id = w.store_id AND t.status IN ('OPEN', 'ASSIGNED', 'IN_PROGRESS') AND t.due_at < @at::timestamptz
    );

-- getWorkloads uses the stored counts if they hold at the instant. For a later instant it adds the tasks that became overdue
-- since; for an earlier one it counts all tasks.
-- name: getWorkloads :many
SELECT
    w.store_id,
    w.unfinished,
    (CASE instant.is WHEN 'now' THEN w.overdue WHEN 'later' THEN w.overdue + since.overdue ELSE counted.overdue END)::integer AS overdue,
    coalesce(
        CASE instant.is WHEN 'now' THEN w.holds_through WHEN 'later' THEN following.due_at ELSE counted.next_due END,
        '0001-01-01T00:00:00Z' -- Go's zero
    )::timestamptz AS next_due
FROM tasks.workload AS w
CROSS JOIN LATERAL (
    SELECT
        CASE
            WHEN w.holds_after >= @at::timestamptz THEN 'earlier'
            WHEN w.holds_through < @at THEN 'later'
            ELSE 'now'
        END AS is
) AS instant
CROSS JOIN LATERAL ( -- tasks that became overdue since
    SELECT count(*) AS overdue
    FROM tasks.task AS t
    WHERE t.store_id = w.store_id AND t.status IN ('OPEN', 'ASSIGNED', 'IN_PROGRESS')
        AND t.due_at >= w.holds_through AND t.due_at < @at AND instant.is = 'later'
) AS since
CROSS JOIN LATERAL (
    SELECT min(t.due_at) AS due_at
    FROM tasks.task AS t
    WHERE t.store_id = w.store_id AND t.status IN ('OPEN', 'ASSIGNED', 'IN_PROGRESS')
        AND t.due_at >= @at AND instant.is = 'later'
) AS following
CROSS JOIN LATERAL (
    SELECT
        count(*) FILTER (WHERE t.due_at < @at) AS overdue,
        min(t.due_at) FILTER (WHERE t.due_at >= @at) AS next_due
    FROM tasks.task AS t
    WHERE t.store_id = w.store_id AND t.status IN ('OPEN', 'ASSIGNED', 'IN_PROGRESS') AND instant.is = 'earlier'
) AS counted
WHERE w.store_id = ANY (@store_ids::uuid [])
    AND (@scope_all::boolean OR w.store_id = ANY (@scope_stores::uuid []));

-- name: getSteps :many
SELECT *
FROM tasks.step
WHERE id = ANY (@ids::uuid [])
    AND (@scope_all::boolean OR store_id = ANY (@scope_stores::uuid []));

-- name: listStepsByTask :many
SELECT page.*
FROM (SELECT unnest(@store_ids::uuid []) AS store_id, unnest(@task_ids::uuid []) AS task_id) AS parent
CROSS JOIN LATERAL (
    SELECT s.*
    FROM tasks.step AS s
    WHERE s.store_id = parent.store_id
        AND s.task_id = parent.task_id
        AND (@scope_all::boolean OR s.store_id = ANY (@scope_stores::uuid []))
    ORDER BY s.position
) AS page;

-- getTaskWithSteps returns a row for each step, in no order, or one row without a step.
-- name: getTaskWithSteps :many
SELECT
    sqlc.embed(t), s.id AS step_id, s.position AS step_position, s.title AS step_title, s.required AS step_required,
    s.done AS step_done, s.done_at AS step_done_at, s.done_by_id AS step_done_by_id
FROM tasks.task AS t
LEFT JOIN tasks.step AS s ON s.store_id = t.store_id AND s.task_id = t.id
WHERE t.id = @id AND (@scope_all::boolean OR t.store_id = ANY (@scope_stores::uuid []));

-- name: getComments :many
SELECT *
FROM tasks.comment
WHERE id = ANY (@ids::uuid [])
    AND (@scope_all::boolean OR store_id = ANY (@scope_stores::uuid []));

-- name: listCommentsByTask :many
SELECT page.*
FROM (SELECT unnest(@store_ids::uuid []) AS store_id, unnest(@task_ids::uuid []) AS task_id) AS parent
CROSS JOIN LATERAL (
    SELECT p.*
    FROM tasks.comment AS p
    WHERE p.store_id = parent.store_id
        AND p.task_id = parent.task_id
        AND (@scope_all::boolean OR p.store_id = ANY (@scope_stores::uuid []))
        AND (
            sqlc.narg('after_at')::timestamptz IS NULL
            OR (p.created_at, p.id) > (sqlc.narg('after_at'), sqlc.narg('after_id')::uuid)
        )
    ORDER BY p.created_at, p.id
    LIMIT @row_limit
) AS page;

-- name: countCommentsByTask :many
SELECT comment.store_id, comment.task_id, count(*) AS total
FROM (SELECT unnest(@store_ids::uuid []) AS store_id, unnest(@task_ids::uuid []) AS task_id) AS parent
INNER JOIN tasks.comment USING (store_id, task_id)
WHERE @scope_all::boolean OR comment.store_id = ANY (@scope_stores::uuid [])
GROUP BY comment.store_id, comment.task_id;

-- name: getTemplates :many
SELECT *
FROM tasks.template
WHERE id = ANY (@ids::uuid []);

-- name: listTemplates :many
SELECT *
FROM tasks.template
WHERE (sqlc.narg('kinds')::text [] IS NULL OR kind = ANY (sqlc.narg('kinds')))
    AND (sqlc.narg('pattern')::text IS NULL OR (code || ' ' || title) ILIKE sqlc.narg('pattern'))
    AND (archived_at IS NOT NULL) = @is_archived::boolean
    AND (
        sqlc.narg('after_title')::text IS NULL
        OR (title, id) > (sqlc.narg('after_title'), sqlc.narg('after_id')::uuid)
    )
ORDER BY title, id
LIMIT @row_limit;

-- name: countTemplates :one
SELECT count(*)
FROM tasks.template
WHERE (sqlc.narg('kinds')::text [] IS NULL OR kind = ANY (sqlc.narg('kinds')))
    AND (sqlc.narg('pattern')::text IS NULL OR (code || ' ' || title) ILIKE sqlc.narg('pattern'))
    AND (archived_at IS NOT NULL) = @is_archived::boolean;

-- name: listStepsByTemplate :many
SELECT *
FROM tasks.template_step
WHERE template_id = ANY (@template_ids::uuid [])
ORDER BY template_id, position;

-- name: updateTask :exec
UPDATE tasks.task
SET
    status = @status, assignee_id = @assignee_id, started_at = @started_at, completed_at = @completed_at,
    version = @version, updated_at = @updated_at
WHERE id = @id AND store_id = @store_id;

-- name: updateStep :exec
UPDATE tasks.step
SET done = @done, done_at = @done_at, done_by_id = @done_by_id
WHERE id = @id AND store_id = @store_id;

-- name: insertComment :exec
INSERT INTO tasks.comment (id, store_id, task_id, author_id, body, created_at)
VALUES (@id, @store_id, @task_id, @author_id, @body, @created_at);

-- name: findTemplateIDsByCode :many
SELECT id
FROM tasks.template
WHERE code = @code;

-- name: upsertTemplate :one
INSERT INTO tasks.template (id, code, title, instructions, kind, priority, version, created_at, updated_at, archived_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (id) DO UPDATE
SET
    title = excluded.title, instructions = excluded.instructions, kind = excluded.kind, priority = excluded.priority,
    version = excluded.version, updated_at = excluded.updated_at, archived_at = excluded.archived_at
RETURNING *;

-- name: deleteTemplateSteps :exec
DELETE FROM tasks.template_step
WHERE template_id = @template_id;

-- name: CopyTemplates :copyfrom
INSERT INTO tasks.template (id, code, title, instructions, kind, priority, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8);

-- name: CopyTemplateSteps :copyfrom
INSERT INTO tasks.template_step (id, template_id, position, title, required)
VALUES ($1, $2, $3, $4, $5);

-- name: CopyTasks :copyfrom
INSERT INTO tasks.task (
    id, store_id, template_id, assignee_id, product_id, title, instructions, kind, priority, status,
    due_at, started_at, completed_at, version, created_at, updated_at
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16);

-- name: CopySteps :copyfrom
INSERT INTO tasks.step (id, store_id, task_id, position, title, required, done, done_at, done_by_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9);

-- name: CopyComments :copyfrom
INSERT INTO tasks.comment (id, store_id, task_id, author_id, body, created_at)
VALUES ($1, $2, $3, $4, $5, $6);

-- Clear deletes all rows of the module.
-- name: Clear :exec
TRUNCATE tasks.template, tasks.template_step, tasks.task, tasks.step, tasks.comment;

-- listTaskHistories returns tasks in the order of their ids.
-- name: listTaskHistories :many
SELECT id, store_id, status, version, created_at, due_at, started_at, completed_at, updated_at
FROM tasks.task
WHERE id > @after_id
    AND (@scope_all::boolean OR store_id = ANY (@scope_stores::uuid []))
ORDER BY id
LIMIT @row_limit;
