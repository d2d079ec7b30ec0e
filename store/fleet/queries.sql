-- name: listNodes :many
SELECT *
FROM fleet.node
WHERE @scope_all::boolean
    AND seen_at > now() - make_interval(secs => @gone_after::double precision)
ORDER BY started_at, id;

-- name: deleteTimedOutNodes :exec
DELETE FROM fleet.node
WHERE seen_at <= now() - make_interval(secs => @gone_after::double precision);

-- name: upsertNode :exec
INSERT INTO fleet.node (
    id, host, roles, version, started_at, connections, draining, streams, subscriptions, components, seen_at
)
VALUES (
    @id, @host, @roles::text [], @version, @started_at, @connections, @draining, @streams, @subscriptions, @components, now()
)
ON CONFLICT (id) DO UPDATE
SET draining = excluded.draining,
    streams = excluded.streams,
    subscriptions = excluded.subscriptions,
    components = excluded.components,
    seen_at = excluded.seen_at;

-- name: deleteNode :exec
DELETE FROM fleet.node
WHERE id = @id;

-- name: insertRestart :exec
INSERT INTO fleet.restart (id, node_id, component, requested_by, requested_at)
VALUES (@id, @node_id, @component, @requested_by, @requested_at);

-- name: takeRestarts :many
DELETE FROM fleet.restart
WHERE node_id = @node_id
RETURNING *;
