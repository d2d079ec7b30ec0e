-- MobileHome of an employee in one statement.
SELECT json_build_object('data', json_build_object('viewer', json_build_object(
    'id', me.id, 'displayName', me.display_name, 'role', me.role,
    'store', json_build_object(
        'id', store.id, 'code', store.code, 'name', store.name,
        'address', json_build_object('city', store.city), 'timezone', store.timezone,
        'region', json_build_object('id', region.id, 'name', region.name),
        'unfinishedTaskCount', work.unfinished, 'overdueTaskCount', work.overdue,
        'tasks', json_build_object(
            'edges', coalesce(page.edges, '[]'::json),
            'pageInfo', json_build_object('hasNextPage', page.found > 30, 'endCursor', page.last)
        )
    )
)))::text
FROM staff.employee AS me
INNER JOIN stores.store AS store ON store.id = me.store_id
INNER JOIN stores.region AS region ON region.id = store.region_id
CROSS JOIN LATERAL (
    SELECT count(*) AS unfinished, count(*) FILTER (WHERE due_at < now()) AS overdue
    FROM tasks.task
    WHERE store_id = store.id AND status IN ('OPEN', 'ASSIGNED', 'IN_PROGRESS')
) AS work
CROSS JOIN LATERAL (
    SELECT
        count(*) AS found,
        max(t.cursor) FILTER (WHERE t.place = 30) AS last,
        json_agg(json_build_object('cursor', t.cursor, 'node', json_build_object(
            'id', t.id, 'title', t.title, 'status', t.status, 'priority', t.priority, 'dueAt', t.due_at,
            'isOverdue', t.due_at < now(), 'version', t.version,
            'assignee', CASE WHEN who.id IS NOT NULL
                THEN json_build_object('id', who.id, 'displayName', who.display_name, 'role', who.role) END,
            'product', CASE WHEN product.id IS NOT NULL
                THEN json_build_object('id', product.id, 'sku', product.sku, 'name', product.name, 'category',
                    CASE WHEN category.id IS NOT NULL THEN json_build_object('id', category.id, 'name', category.name) END) END,
            'template', CASE WHEN template.id IS NOT NULL
                THEN json_build_object('id', template.id, 'title', template.title) END,
            'steps', steps.list
        )) ORDER BY t.place) FILTER (WHERE t.place <= 30) AS edges
    FROM (
        SELECT *, row_number() OVER (ORDER BY due_at, id) AS place, due_at || ' ' || id AS cursor
        FROM tasks.task
        WHERE store_id = store.id AND status IN ('OPEN', 'ASSIGNED', 'IN_PROGRESS')
        ORDER BY due_at, id
        LIMIT 31
    ) AS t
    LEFT JOIN staff.employee AS who ON who.id = t.assignee_id
    LEFT JOIN catalog.product AS product ON product.id = t.product_id
    LEFT JOIN catalog.category AS category ON category.id = product.category_id
    LEFT JOIN tasks.template AS template ON template.id = t.template_id
    CROSS JOIN LATERAL (
        SELECT coalesce(json_agg(json_build_object('id', step.id, 'title', step.title, 'isDone', step.done)
            ORDER BY step.position), '[]'::json) AS list
        FROM tasks.step
        WHERE step.store_id = t.store_id AND step.task_id = t.id
    ) AS steps
) AS page
WHERE me.id = $1
