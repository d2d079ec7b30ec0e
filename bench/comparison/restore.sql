-- Reset the completed tasks. Recount once instead of by trigger for each row, because some peers complete tasks without the triggers.
SET session_replication_role = replica;
UPDATE tasks.task
SET
    status = 'IN_PROGRESS', completed_at = NULL, version = prepared.version, assignee_id = prepared.assignee_id,
    updated_at = prepared.updated_at
FROM peers.prepared
WHERE task.id = prepared.id AND task.status <> 'IN_PROGRESS';

RESET session_replication_role;
SELECT tasks.recount(ARRAY(SELECT DISTINCT store_id FROM peers.prepared));
