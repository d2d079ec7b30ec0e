-- Completes a task by updating its row only.
WITH task AS (
    UPDATE tasks.task SET status = 'COMPLETED', completed_at = now(), version = version + 1, updated_at = now()
    WHERE id = $1
    RETURNING *
)
SELECT json_build_object('data', json_build_object('completeTask', json_build_object('task', json_build_object(
    'id', task.id, 'status', task.status, 'version', task.version, 'completedAt', task.completed_at,
    'assignee', CASE WHEN who.id IS NOT NULL
        THEN json_build_object('id', who.id, 'displayName', who.display_name) END
))))::text
FROM task
LEFT JOIN staff.employee AS who ON who.id = task.assignee_id
