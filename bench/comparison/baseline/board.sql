-- RegionBoard of a region in one statement.
SELECT json_build_object('data', json_build_object('region', json_build_object(
    'id', region.id, 'name', region.name, 'stores', json_build_object('edges', stores.edges)
)))::text
FROM stores.region AS region
CROSS JOIN LATERAL (
    SELECT coalesce(json_agg(json_build_object('node', json_build_object(
        'id', s.id, 'code', s.code, 'name', s.name, 'unfinishedTaskCount', work.unfinished,
        'tasks', json_build_object('edges', page.edges)
    )) ORDER BY s.code), '[]'::json) AS edges
    FROM (SELECT * FROM stores.store WHERE region_id = region.id ORDER BY code LIMIT 50) AS s
    CROSS JOIN LATERAL (
        SELECT count(*) AS unfinished
        FROM tasks.task
        WHERE store_id = s.id AND status IN ('OPEN', 'ASSIGNED', 'IN_PROGRESS')
    ) AS work
    CROSS JOIN LATERAL (
        SELECT coalesce(json_agg(json_build_object('node', json_build_object(
            'id', t.id, 'title', t.title, 'status', t.status, 'dueAt', t.due_at,
            'assignee', CASE WHEN who.id IS NOT NULL
                THEN json_build_object('id', who.id, 'displayName', who.display_name) END
        )) ORDER BY t.due_at, t.id), '[]'::json) AS edges
        FROM (
            SELECT * FROM tasks.task
            WHERE store_id = s.id AND status IN ('OPEN', 'ASSIGNED', 'IN_PROGRESS')
            ORDER BY due_at, id LIMIT 5
        ) AS t
        LEFT JOIN staff.employee AS who ON who.id = t.assignee_id
    ) AS page
) AS stores
WHERE region.id = $1
