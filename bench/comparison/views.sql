-- Views and smart comments from which PostGraphile generates its schema, in addition to the modules' tables: the tasks of a home
-- screen, and references between modules, which are not foreign keys in the database.
CREATE SCHEMA peers;

CREATE VIEW peers.unfinished_task AS
SELECT *, due_at < now() AS is_overdue
FROM tasks.task
WHERE status IN ('OPEN', 'ASSIGNED', 'IN_PROGRESS');

CREATE VIEW peers.overdue_task AS
SELECT id, store_id
FROM tasks.task
WHERE status IN ('OPEN', 'ASSIGNED', 'IN_PROGRESS') AND due_at < now();

COMMENT ON VIEW peers.unfinished_task IS E'@primaryKey id\n@unique store_id,id\n'
    '@foreignKey (store_id) references stores.store (id)|@foreignFieldName unfinishedTasks\n'
    '@foreignKey (assignee_id) references staff.employee (id)|@fieldName assignee\n'
    '@foreignKey (product_id) references catalog.product (id)|@fieldName product\n'
    '@foreignKey (template_id) references tasks.template (id)|@fieldName template';
COMMENT ON VIEW peers.overdue_task IS E'@primaryKey id\n'
    '@foreignKey (store_id) references stores.store (id)|@foreignFieldName overdueTasks';
COMMENT ON TABLE tasks.step IS
    E'@foreignKey (store_id, task_id) references peers.unfinished_task (store_id, id)|@foreignSimpleFieldName steps';
COMMENT ON TABLE tasks.task IS E'@foreignKey (assignee_id) references staff.employee (id)|@fieldName assignee';
COMMENT ON TABLE staff.employee IS E'@foreignKey (store_id) references stores.store (id)|@fieldName store';
