-- name: getProgress :one
SELECT xid, seq, (built_at IS NOT NULL)::boolean AS built
FROM kpis.projection;

-- advanceProgress changes no row if another node has advanced meanwhile, or during a rebuild.
-- name: advanceProgress :execrows
UPDATE kpis.projection
SET xid = @xid, seq = @seq
WHERE xid = @from_xid AND seq = @from_seq AND built_at IS NOT NULL;

-- name: beginRebuild :exec
UPDATE kpis.projection
SET build_id = @build_id::uuid, built_at = NULL;

-- name: finishRebuild :execrows
UPDATE kpis.projection
SET xid = @xid, seq = @seq, built_at = @built_at::timestamptz
WHERE build_id = @build_id::uuid AND built_at IS NULL;

-- name: truncateFacts :exec
TRUNCATE kpis.task, kpis.feedback;

-- deleteExpiredTasks reads the oldest tasks, since ids are in the order of creation. It selects into an array: a join might read
-- the whole table.
-- name: deleteExpiredTasks :execrows
DELETE FROM kpis.task
WHERE task_id = ANY (ARRAY(
    SELECT old.task_id
    FROM kpis.task AS old
    WHERE old.task_id < @below::uuid
        AND old.status NOT IN ('OPEN', 'ASSIGNED', 'IN_PROGRESS')
        AND coalesce(old.completed_at, old.since) < @before::timestamptz
    ORDER BY old.task_id
    LIMIT @row_limit
));

-- name: deleteExpiredFeedback :execrows
DELETE FROM kpis.feedback
WHERE feedback_id = ANY (ARRAY(
    SELECT old.feedback_id
    FROM kpis.feedback AS old
    WHERE old.submitted_at < @before
    ORDER BY old.submitted_at
    LIMIT @row_limit
));

-- Clear deletes all rows of the module.
-- name: Clear :exec
WITH unbuilt AS (UPDATE kpis.projection SET built_at = NULL),
regions AS (DELETE FROM kpis.region),
stores AS (DELETE FROM kpis.store),
tasks AS (DELETE FROM kpis.task),
feedback AS (DELETE FROM kpis.feedback)
DELETE FROM kpis.day;

-- name: getStores :many
SELECT *
FROM kpis.store
WHERE store_id = ANY (@store_ids::uuid []);

-- name: getTasks :many
SELECT *
FROM kpis.task
WHERE task_id = ANY (@ids::uuid []);

-- name: listCompletionsByStore :many
SELECT task_id, store_id, completed_at::timestamptz AS completed_at
FROM kpis.task
WHERE store_id = ANY (@store_ids::uuid []) AND day IS NOT NULL;

-- name: listFeedbackByStore :many
SELECT feedback_id, store_id, submitted_at
FROM kpis.feedback
WHERE store_id = ANY (@store_ids::uuid []);

-- name: upsertRegions :exec
INSERT INTO kpis.region (id, code, version)
SELECT unnest(@ids::uuid []), unnest(@codes::text []), unnest(@versions::integer [])
ON CONFLICT (id) DO UPDATE
SET code = excluded.code, version = excluded.version
WHERE region.version <= excluded.version;

-- name: upsertStores :exec
INSERT INTO kpis.store (store_id, region_id, timezone, status, version, heard_at)
SELECT
    unnest(@store_ids::uuid []), unnest(@region_ids::uuid []), unnest(@timezones::text []), unnest(@statuses::text []),
    unnest(@versions::integer []), unnest(@heard_at::timestamptz [])
ON CONFLICT (store_id) DO UPDATE
SET
    region_id = excluded.region_id, timezone = excluded.timezone, status = excluded.status, version = excluded.version,
    heard_at = greatest(store.heard_at, excluded.heard_at)
WHERE store.version <= excluded.version;

-- upsertTasks stores NULL for times of the year 1.
-- name: upsertTasks :exec
INSERT INTO kpis.task (task_id, store_id, status, version, since, created_at, due_at, completed_at, day)
SELECT
    t.task_id, t.store_id, t.status, t.version, t.since, t.created_at, t.due_at,
    nullif(t.completed_at, '0001-01-01T00:00:00Z'::timestamptz), nullif(t.day, '0001-01-01'::date)
FROM (
    SELECT
        unnest(@task_ids::uuid []) AS task_id, unnest(@store_ids::uuid []) AS store_id, unnest(@statuses::text []) AS status,
        unnest(@versions::integer []) AS version, unnest(@since::timestamptz []) AS since,
        unnest(@created_at::timestamptz []) AS created_at, unnest(@due_at::timestamptz []) AS due_at,
        unnest(@completed_at::timestamptz []) AS completed_at, unnest(@days::date []) AS day
) AS t
ON CONFLICT (task_id) DO UPDATE
SET
    status = excluded.status, version = excluded.version, since = excluded.since, due_at = excluded.due_at,
    completed_at = excluded.completed_at, day = excluded.day
WHERE task.version <= excluded.version;

-- name: insertFeedback :exec
INSERT INTO kpis.feedback (feedback_id, store_id, score, submitted_at, day)
SELECT
    unnest(@feedback_ids::uuid []), unnest(@store_ids::uuid []), unnest(@scores::integer []), unnest(@submitted_at::timestamptz []),
    unnest(@days::date [])
ON CONFLICT (feedback_id) DO NOTHING;

-- name: addTotals :exec
UPDATE kpis.region AS r
SET created = r.created + added.created, done = r.done + added.done
FROM (
    SELECT unnest(@ids::uuid []) AS id, unnest(@created::bigint []) AS created, unnest(@done::bigint []) AS done
) AS added
WHERE r.id = added.id;

-- raiseTotals never lowers a counter: a Prometheus rate() would take that for a restart.
-- name: raiseTotals :exec
UPDATE kpis.region AS r
SET created = greatest(r.created, counted.created), done = greatest(r.done, counted.done)
FROM (
    SELECT s.region_id, count(*) AS created, count(t.completed_at) AS done
    FROM kpis.task AS t
    INNER JOIN kpis.store AS s ON s.store_id = t.store_id
    GROUP BY s.region_id
) AS counted
WHERE r.id = counted.region_id;

-- name: updateCompletionDays :exec
UPDATE kpis.task AS t
SET day = moved.day
FROM (SELECT unnest(@task_ids::uuid []) AS task_id, unnest(@days::date []) AS day) AS moved
WHERE t.task_id = moved.task_id AND t.day <> moved.day;

-- name: updateFeedbackDays :exec
UPDATE kpis.feedback AS f
SET day = moved.day
FROM (SELECT unnest(@feedback_ids::uuid []) AS feedback_id, unnest(@days::date []) AS day) AS moved
WHERE f.feedback_id = moved.feedback_id AND f.day <> moved.day;

-- listKnownDays returns the days that have tasks, feedback or counts.
-- name: listKnownDays :many
SELECT t.store_id, t.day::date AS day
FROM kpis.task AS t
WHERE t.store_id = ANY (@store_ids::uuid []) AND t.day IS NOT NULL
UNION
SELECT f.store_id, f.day
FROM kpis.feedback AS f
WHERE f.store_id = ANY (@store_ids::uuid [])
UNION
SELECT d.store_id, d.day
FROM kpis.day AS d
WHERE d.store_id = ANY (@store_ids::uuid []);

-- name: recountDays :exec
INSERT INTO kpis.day (store_id, day, completed, on_time, seconds, answers, promoters, detractors)
SELECT k.store_id, k.day, t.completed, t.on_time, t.seconds, f.answers, f.promoters, f.detractors
FROM (SELECT unnest(@store_ids::uuid []) AS store_id, unnest(@days::date []) AS day) AS k
CROSS JOIN LATERAL (
    SELECT
        count(*) AS completed, count(*) FILTER (WHERE done.completed_at <= done.due_at) AS on_time,
        coalesce(
            array_agg(least(greatest(extract(EPOCH FROM done.completed_at - done.created_at), 0), 2147483647)::integer), '{}'
        ) AS seconds
    FROM kpis.task AS done
    WHERE done.store_id = k.store_id AND done.day = k.day
) AS t
CROSS JOIN LATERAL (
    SELECT
        count(*) AS answers, count(*) FILTER (WHERE r.score >= 9) AS promoters,
        count(*) FILTER (WHERE r.score <= 6) AS detractors
    FROM kpis.feedback AS r
    WHERE r.store_id = k.store_id AND r.day = k.day
) AS f
ON CONFLICT (store_id, day) DO UPDATE
SET
    completed = excluded.completed, on_time = excluded.on_time, seconds = excluded.seconds,
    answers = excluded.answers, promoters = excluded.promoters, detractors = excluded.detractors;

-- name: deleteEmptyDays :exec
DELETE FROM kpis.day AS d
USING (SELECT unnest(@store_ids::uuid []) AS store_id, unnest(@days::date []) AS day) AS k
WHERE d.store_id = k.store_id AND d.day = k.day AND d.completed = 0 AND d.answers = 0;

-- name: updateLastActivity :exec
UPDATE kpis.store AS s
SET heard_at = activity.at
FROM (SELECT unnest(@store_ids::uuid []) AS store_id, unnest(@at::timestamptz []) AS at) AS activity
WHERE s.store_id = activity.store_id AND s.heard_at < activity.at;

-- name: listDaysByStore :many
SELECT *
FROM kpis.day
WHERE store_id = ANY (@store_ids::uuid [])
    AND day BETWEEN @from_day AND @to_day
    AND (@scope_all::boolean OR store_id = ANY (@scope_stores::uuid []));

-- name: getChainMetrics :one
SELECT made
FROM kpis.figures;

-- name: claimChainMetrics :execrows
UPDATE kpis.figures
SET claimed_at = @at
WHERE claimed_at <= @before::timestamptz;

-- name: saveChainMetrics :exec
UPDATE kpis.figures
SET made = @metrics::jsonb;

-- name: computeRegionMetrics :many
SELECT
    r.code, r.created, r.done,
    coalesce(s.stores, 0)::bigint AS stores, coalesce(s.silent, 0)::bigint AS silent,
    coalesce(late.tasks, 0)::bigint AS overdue,
    coalesce(t.completed, 0)::bigint AS completed, coalesce(t.on_time, 0)::bigint AS on_time,
    coalesce(f.answers, 0)::bigint AS answers, coalesce(f.promoters, 0)::bigint AS promoters,
    coalesce(f.detractors, 0)::bigint AS detractors
FROM kpis.region AS r
LEFT JOIN (
    SELECT
        region_id, count(*) AS stores, count(*) FILTER (WHERE heard_at < @silent_since::timestamptz) AS silent
    FROM kpis.store
    WHERE status = 'OPEN'
    GROUP BY region_id
) AS s ON s.region_id = r.id
LEFT JOIN (
    SELECT p.region_id, count(*) AS tasks
    FROM kpis.task AS o
    INNER JOIN kpis.store AS p ON p.store_id = o.store_id
    WHERE o.status IN ('OPEN', 'ASSIGNED', 'IN_PROGRESS') AND o.due_at < @now::timestamptz
    GROUP BY p.region_id
) AS late ON late.region_id = r.id
LEFT JOIN (
    SELECT p.region_id, count(*) AS completed, count(*) FILTER (WHERE c.completed_at <= c.due_at) AS on_time
    FROM kpis.task AS c
    INNER JOIN kpis.store AS p ON p.store_id = c.store_id
    WHERE c.completed_at > @completed_since::timestamptz
    GROUP BY p.region_id
) AS t ON t.region_id = r.id
LEFT JOIN (
    SELECT
        p.region_id, count(*) AS answers, count(*) FILTER (WHERE a.score >= 9) AS promoters,
        count(*) FILTER (WHERE a.score <= 6) AS detractors
    FROM kpis.feedback AS a
    INNER JOIN kpis.store AS p ON p.store_id = a.store_id
    WHERE a.submitted_at > @feedback_since::timestamptz
    GROUP BY p.region_id
) AS f ON f.region_id = r.id
ORDER BY r.code;

-- name: countUnfinishedTasks :many
SELECT status, count(*) AS tasks
FROM kpis.task
WHERE status IN ('OPEN', 'ASSIGNED', 'IN_PROGRESS')
GROUP BY status;
