// One statement per level of a query, whatever the number of parents: = ANY for rows by id, LATERAL for the first rows of each
// parent.

const employeeColumns = 'id, display_name AS "displayName", role, store_id AS "storeId"';

// Stores include their counts, because each screen that shows stores shows one of them.
const storeColumns = `
  s.id, s.code, s.name, json_build_object('city', s.city) AS address, s.timezone, s.region_id AS "regionId",
  count.unfinished AS "unfinishedTaskCount", count.overdue AS "overdueTaskCount"`;
const storeCounts = `
  CROSS JOIN LATERAL (
    SELECT count(*)::integer AS unfinished, (count(*) FILTER (WHERE due_at < now()))::integer AS overdue
    FROM tasks.task
    WHERE store_id = s.id AND status IN ('OPEN', 'ASSIGNED', 'IN_PROGRESS')
  ) AS count`;

const taskColumns = `
  id, store_id AS "storeId", title, status, priority, due_at AS "dueAt", due_at < now() AS "isOverdue", version,
  completed_at AS "completedAt", assignee_id AS "assigneeId", product_id AS "productId", template_id AS "templateId"`;

// Loaders get whole parents. Serializing each as a cache key would cost more than it saves.
const withoutCache = { cache: false };

// byId loads the row that each parent refers to, once per row.
const byId = (name, field, text) => ({
  opts: withoutCache,
  loader: async (queries, { rows }) => {
    const ids = [...new Set(queries.map(({ obj }) => obj[field]).filter((id) => id !== null))];
    if (ids.length === 0) return queries.map(() => null);
    const found = new Map((await rows(name, text, [ids])).map((row) => [row.id, row]));
    return queries.map(({ obj }) => found.get(obj[field]) ?? null);
  },
});

const group = (rows, field) => {
  const groups = new Map();
  for (const row of rows) {
    const list = groups.get(row[field]);
    if (list) list.push(row);
    else groups.set(row[field], [row]);
  }
  return groups;
};

const cursorOf = (task) => Buffer.from(`${task.dueAt.toISOString()} ${task.id}`).toString('base64url');
const parseCursor = (cursor) => (cursor ? Buffer.from(cursor, 'base64url').toString().split(' ') : [null, null]);

const tasksOf = async (queries, { rows }) => {
  const { first = 30, after } = queries[0].params; // all parents are of one field, and so have the same arguments
  const found = await rows('tasks', `
    SELECT page.* FROM unnest($1::uuid []) AS parent (store_id) CROSS JOIN LATERAL (
      SELECT ${taskColumns} FROM tasks.task
      WHERE store_id = parent.store_id AND status IN ('OPEN', 'ASSIGNED', 'IN_PROGRESS')
        AND ($2::timestamptz IS NULL OR (due_at, id) > ($2, $3::uuid))
      ORDER BY due_at, id LIMIT $4
    ) AS page`, [queries.map(({ obj }) => obj.id), ...parseCursor(after), first + 1]);
  const groups = group(found, 'storeId');
  return queries.map(({ obj }) => {
    const list = groups.get(obj.id) ?? [];
    const edges = list.slice(0, first).map((node) => ({ cursor: cursorOf(node), node }));
    return { edges, pageInfo: { hasNextPage: list.length > first, endCursor: edges.at(-1)?.cursor ?? null } };
  });
};

const stepsOf = async (queries, { rows }) => {
  const found = await rows('steps', `
    SELECT step.id, task_id AS "taskId", step.title, step.done AS "isDone"
    FROM unnest($1::uuid [], $2::uuid []) AS parent (store_id, task_id)
    INNER JOIN tasks.step USING (store_id, task_id)
    ORDER BY step.task_id, step.position`, [queries.map(({ obj }) => obj.storeId), queries.map(({ obj }) => obj.id)]);
  const groups = group(found, 'taskId');
  return queries.map(({ obj }) => groups.get(obj.id) ?? []);
};

const storesOf = async (queries, { rows }) => {
  const found = await rows('stores', `
    SELECT ${storeColumns}
    FROM unnest($1::uuid []) AS parent (region_id) CROSS JOIN LATERAL (
      SELECT * FROM stores.store WHERE region_id = parent.region_id ORDER BY code LIMIT $2
    ) AS s ${storeCounts}
    ORDER BY s.region_id, s.code`, [queries.map(({ obj }) => obj.id), queries[0].params.first ?? 50]);
  const groups = group(found, 'regionId');
  return queries.map(({ obj }) => ({ edges: (groups.get(obj.id) ?? []).map((node) => ({ node })) }));
};

const employees = byId('employees', 'assigneeId', `SELECT ${employeeColumns} FROM staff.employee WHERE id = ANY ($1::uuid [])`);

export const loaders = {
  Employee: {
    store: byId('store', 'storeId', `SELECT ${storeColumns} FROM stores.store AS s ${storeCounts} WHERE s.id = ANY ($1::uuid [])`),
  },
  Region: { stores: { opts: withoutCache, loader: storesOf } },
  Store: {
    region: byId('region', 'regionId', 'SELECT id, name FROM stores.region WHERE id = ANY ($1::uuid [])'),
    tasks: { opts: withoutCache, loader: tasksOf },
  },
  Task: {
    assignee: employees,
    product: byId('products', 'productId', `
      SELECT id, sku, name, category_id AS "categoryId" FROM catalog.product WHERE id = ANY ($1::uuid [])`),
    template: byId('templates', 'templateId', 'SELECT id, title FROM tasks.template WHERE id = ANY ($1::uuid [])'),
    steps: { opts: withoutCache, loader: stepsOf },
  },
  Product: {
    category: byId('categories', 'categoryId', 'SELECT id, name FROM catalog.category WHERE id = ANY ($1::uuid [])'),
  },
};

export const resolvers = {
  Query: {
    viewer: async (_, { me }, { rows }) =>
      (await rows('viewer', `SELECT ${employeeColumns} FROM staff.employee WHERE id = $1`, [me]))[0] ?? null,
    region: async (_, { id }, { rows }) =>
      (await rows('regionById', 'SELECT id, name FROM stores.region WHERE id = $1', [id]))[0] ?? null,
  },
  Mutation: {
    completeTask: async (_, { id }, { rows }) => {
      const [task] = await rows('complete', `
        UPDATE tasks.task SET status = 'COMPLETED', completed_at = now(), version = version + 1, updated_at = now()
        WHERE id = $1 RETURNING ${taskColumns}`, [id]);
      return { task };
    },
  },
  Task: {
    dueAt: ({ dueAt }) => dueAt.toISOString(),
    completedAt: ({ completedAt }) => completedAt?.toISOString() ?? null,
  },
};
