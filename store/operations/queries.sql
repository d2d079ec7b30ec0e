-- name: listOperations :many
SELECT *
FROM operations.operation
WHERE @scope_all::boolean
ORDER BY client, name, registered_at, sha256;

-- name: computeFingerprint :one
SELECT md5(coalesce(string_agg(concat_ws(' ', client, name, encode(sha256, 'hex')), ',' ORDER BY client, name, sha256), ''))
FROM operations.operation
WHERE @scope_all::boolean;

-- name: insertOperations :many
INSERT INTO operations.operation (client, name, sha256, document, registered_at)
SELECT d.client, d.name, sha256(convert_to(d.document, 'UTF8')), d.document, @registered_at
FROM (
    SELECT unnest(@clients::text []) AS client, unnest(@names::text []) AS name, unnest(@documents::text []) AS document
) AS d
ON CONFLICT DO NOTHING
RETURNING *;

-- name: deleteOperations :many
DELETE FROM operations.operation
WHERE client = @client
    AND name = @name
    AND (@sha256_prefix::text = '' OR starts_with(encode(sha256, 'hex'), @sha256_prefix))
RETURNING *;
