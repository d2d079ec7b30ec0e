-- name: getFeedback :many
SELECT *
FROM feedback.feedback
WHERE id = ANY (@ids::uuid [])
    AND (@scope_all::boolean OR store_id = ANY (@scope_stores::uuid []));

-- name: listFeedbackByStore :many
SELECT page.*
FROM unnest(@store_ids::uuid []) AS parent (store_id)
CROSS JOIN LATERAL (
    SELECT p.*
    FROM feedback.feedback AS p
    WHERE p.store_id = parent.store_id
        AND (@scope_all::boolean OR p.store_id = ANY (@scope_stores::uuid []))
        AND (
            sqlc.narg('after_at')::timestamptz IS NULL
            OR (p.submitted_at, p.id) < (sqlc.narg('after_at'), sqlc.narg('after_id')::uuid)
        )
    ORDER BY p.submitted_at DESC, p.id DESC
    LIMIT @row_limit
) AS page;

-- name: countFeedbackByStore :many
SELECT store_id, count(*) AS total
FROM feedback.feedback
WHERE store_id = ANY (@store_ids::uuid [])
    AND (@scope_all::boolean OR store_id = ANY (@scope_stores::uuid []))
GROUP BY store_id;

-- listFeedbackAfterID returns all feedback in the order of the ids.
-- name: listFeedbackAfterID :many
SELECT *
FROM feedback.feedback
WHERE id > @after_id
    AND (@scope_all::boolean OR store_id = ANY (@scope_stores::uuid []))
ORDER BY id
LIMIT @row_limit;

-- insertFeedback skips feedback whose external id the actor has used before, and returns the ids of the others. The order of the
-- rows keeps two commands from waiting for each other.
-- name: insertFeedback :many
INSERT INTO feedback.feedback (id, store_id, score, comment, submitted_at, created_at, actor_id, external_id)
SELECT
    i.id, i.store_id, i.score, nullif(i.comment, ''), i.submitted_at, @created_at, sqlc.narg('actor_id')::uuid,
    nullif(i.external_id, '')
FROM (
    SELECT
        unnest(@ids::uuid []) AS id, unnest(@store_ids::uuid []) AS store_id, unnest(@scores::integer []) AS score,
        unnest(@comments::text []) AS comment, unnest(@submitted_ats::timestamptz []) AS submitted_at,
        unnest(@external_ids::text []) AS external_id
) AS i
ORDER BY i.external_id
ON CONFLICT (actor_id, external_id) WHERE external_id IS NOT NULL DO NOTHING
RETURNING id;

-- name: listFeedbackByExternalID :many
SELECT *
FROM feedback.feedback
WHERE actor_id = @actor_id AND external_id = ANY (@external_ids::text []);

-- name: CopyFeedback :copyfrom
INSERT INTO feedback.feedback (id, store_id, score, comment, submitted_at, created_at, actor_id)
VALUES ($1, $2, $3, $4, $5, $6, $7);

-- Clear deletes all rows of the module.
-- name: Clear :exec
TRUNCATE feedback.feedback;
