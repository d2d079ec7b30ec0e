-- +goose Up
CREATE SCHEMA tasks;

-- Templates belong to the chain: all stores use the same ones.
CREATE TABLE tasks.template (
    id           uuid PRIMARY KEY,
    code         text NOT NULL CONSTRAINT template_code_key UNIQUE,
    title        text NOT NULL,
    instructions text NOT NULL DEFAULT '',
    kind         text NOT NULL CHECK (kind IN ('SHELF_CHECK', 'PRICE_CHECK', 'EXPIRY_CHECK', 'REPLENISHMENT',
                                               'DELIVERY', 'CLEANING', 'INCIDENT')),
    priority     text NOT NULL DEFAULT 'NORMAL' CHECK (priority IN ('LOW', 'NORMAL', 'HIGH', 'URGENT')),
    version      integer NOT NULL DEFAULT 1,
    created_at   timestamptz NOT NULL DEFAULT now(),
    updated_at   timestamptz NOT NULL DEFAULT now(),
    archived_at  timestamptz -- null while tasks can be created from it
);

CREATE INDEX template_title_idx ON tasks.template (title, id);

CREATE TABLE tasks.template_step (
    id          uuid PRIMARY KEY,
    template_id uuid NOT NULL REFERENCES tasks.template (id) ON DELETE CASCADE,
    position    integer NOT NULL,
    title       text NOT NULL,
    required    boolean NOT NULL DEFAULT true,
    CONSTRAINT template_step_position_key UNIQUE (template_id, position)
);

CREATE TABLE tasks.task (
    id           uuid PRIMARY KEY,
    store_id     uuid NOT NULL, -- a store of the module stores
    template_id  uuid REFERENCES tasks.template (id),
    assignee_id  uuid, -- an employee of the module staff
    product_id   uuid, -- a product of the module catalog
    title        text NOT NULL,
    instructions text NOT NULL DEFAULT '',
    kind         text NOT NULL CHECK (kind IN ('SHELF_CHECK', 'PRICE_CHECK', 'EXPIRY_CHECK', 'REPLENISHMENT',
                                               'DELIVERY', 'CLEANING', 'INCIDENT')),
    priority     text NOT NULL DEFAULT 'NORMAL' CHECK (priority IN ('LOW', 'NORMAL', 'HIGH', 'URGENT')),
    status       text NOT NULL DEFAULT 'OPEN'
                 CHECK (status IN ('OPEN', 'ASSIGNED', 'IN_PROGRESS', 'COMPLETED', 'VERIFIED', 'CANCELLED')),
    due_at       timestamptz NOT NULL,
    started_at   timestamptz,
    completed_at timestamptz,
    version      integer NOT NULL DEFAULT 1,
    created_at   timestamptz NOT NULL DEFAULT now(),
    updated_at   timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT task_store_key UNIQUE (store_id, id) -- for the foreign keys of steps and comments
);

-- For a store's unfinished tasks, earliest due first: the home screen, the boards and the counts.
CREATE INDEX task_store_open_due_idx ON tasks.task (store_id, due_at, id)
    WHERE status IN ('OPEN', 'ASSIGNED', 'IN_PROGRESS');
-- For all tasks of a store, by due time and by creation time.
CREATE INDEX task_store_due_idx ON tasks.task (store_id, due_at, id);
CREATE INDEX task_store_created_idx ON tasks.task (store_id, created_at, id);
-- For an employee's tasks, by due time and by creation time.
CREATE INDEX task_assignee_due_idx ON tasks.task (assignee_id, due_at, id) WHERE assignee_id IS NOT NULL;
CREATE INDEX task_assignee_created_idx ON tasks.task (assignee_id, created_at, id) WHERE assignee_id IS NOT NULL;
-- For lists of the chain. These indexes do not begin with the store, because they are read across all stores.
CREATE INDEX task_open_due_idx ON tasks.task (due_at, id) WHERE status IN ('OPEN', 'ASSIGNED', 'IN_PROGRESS');
CREATE INDEX task_due_idx ON tasks.task (due_at, id);
CREATE INDEX task_created_idx ON tasks.task (created_at, id);
CREATE INDEX task_template_idx ON tasks.task (template_id) WHERE template_id IS NOT NULL; -- for the foreign key

CREATE TABLE tasks.step (
    id         uuid PRIMARY KEY,
    store_id   uuid NOT NULL,
    task_id    uuid NOT NULL,
    position   integer NOT NULL,
    title      text NOT NULL,
    required   boolean NOT NULL DEFAULT true,
    done       boolean NOT NULL DEFAULT false,
    done_at    timestamptz,
    done_by_id uuid, -- an employee of the module staff
    CONSTRAINT step_position_key UNIQUE (store_id, task_id, position),
    FOREIGN KEY (store_id, task_id) REFERENCES tasks.task (store_id, id) ON DELETE CASCADE,
    CHECK (done = (done_at IS NOT NULL))
);

CREATE TABLE tasks.comment (
    id         uuid PRIMARY KEY,
    store_id   uuid NOT NULL,
    task_id    uuid NOT NULL,
    author_id  uuid NOT NULL, -- an employee of the module staff
    body       text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    FOREIGN KEY (store_id, task_id) REFERENCES tasks.task (store_id, id) ON DELETE CASCADE
);

CREATE INDEX comment_task_created_idx ON tasks.comment (store_id, task_id, created_at, id);

-- +goose Down
DROP SCHEMA tasks CASCADE;
