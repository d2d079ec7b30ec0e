-- Select the tasks that peers complete: half of the open tasks, so that home screens stay full. Their original state is stored, so that
-- restore.sql can reset it for each peer.
CREATE TABLE peers.prepared AS
SELECT id, store_id
FROM (
    SELECT id, store_id, row_number() OVER (PARTITION BY store_id ORDER BY id) AS place
    FROM tasks.task
    WHERE status IN ('OPEN', 'ASSIGNED', 'IN_PROGRESS')
) AS unfinished
WHERE place % 2 = 0;

UPDATE tasks.task
SET
    status = 'IN_PROGRESS', started_at = coalesce(started_at, created_at),
    assignee_id = coalesce(assignee_id, (
        SELECT e.id FROM staff.employee AS e
        WHERE e.store_id = task.store_id AND e.status = 'ACTIVE' ORDER BY e.id LIMIT 1
    ))
WHERE id IN (SELECT id FROM peers.prepared);

UPDATE tasks.step
SET done = true, done_at = now(), done_by_id = task.assignee_id
FROM tasks.task
WHERE step.store_id = task.store_id AND step.task_id = task.id AND NOT step.done
    AND task.id IN (SELECT id FROM peers.prepared);

ALTER TABLE peers.prepared ADD COLUMN version integer, ADD COLUMN assignee_id uuid, ADD COLUMN updated_at timestamptz;
UPDATE peers.prepared
SET version = task.version, assignee_id = task.assignee_id, updated_at = task.updated_at
FROM tasks.task
WHERE task.id = prepared.id;
ALTER TABLE peers.prepared ADD PRIMARY KEY (id);
