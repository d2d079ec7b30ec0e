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

-- name: insertFeedback :exec
INSERT INTO feedback.feedback (id, store_id, score, comment, submitted_at, created_at, actor_id)
VALUES (@id, @store_id, @score, @comment, @submitted_at, @created_at, @actor_id);

-- name: CopyFeedback :copyfrom
INSERT INTO feedback.feedback (id, store_id, score, comment, submitted_at, created_at, actor_id)
VALUES ($1, $2, $3, $4, $5, $6, $7);

-- Clear deletes all rows of the module.
-- name: Clear :exec
TRUNCATE feedback.feedback;
