-- What was completed is to be done again.
UPDATE tasks.task
SET
    status = 'IN_PROGRESS', completed_at = NULL, version = prepared.version, assignee_id = prepared.assignee_id,
    updated_at = prepared.updated_at
FROM peers.prepared
WHERE task.id = prepared.id AND task.status <> 'IN_PROGRESS';
