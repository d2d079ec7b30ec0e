-- What was completed is to be done again. The counts of stores are made anew: not with each row, as the triggers would, and
-- whether or not who completed it kept them.
SET session_replication_role = replica;
UPDATE tasks.task
SET
    status = 'IN_PROGRESS', completed_at = NULL, version = prepared.version, assignee_id = prepared.assignee_id,
    updated_at = prepared.updated_at
FROM peers.prepared
WHERE task.id = prepared.id AND task.status <> 'IN_PROGRESS';

RESET session_replication_role;
SELECT tasks.recount(ARRAY(SELECT DISTINCT store_id FROM peers.prepared));
