-- +goose Up
CREATE SCHEMA staff;

CREATE TABLE staff.employee (
    id           uuid PRIMARY KEY,
    store_id     uuid, -- a store of the module stores; null for region managers and the head office
    region_id    uuid, -- a region of the module stores; set for region managers only
    login        text NOT NULL CONSTRAINT employee_login_key UNIQUE CHECK (login = lower(login)),
    display_name text NOT NULL,
    role         text NOT NULL
                 CHECK (role IN ('ASSOCIATE', 'SUPERVISOR', 'STORE_MANAGER', 'REGION_MANAGER', 'ADMIN')),
    status       text NOT NULL DEFAULT 'ACTIVE' CHECK (status IN ('ACTIVE', 'ON_LEAVE', 'LEFT')),
    hired_on     date NOT NULL,
    version      integer NOT NULL DEFAULT 1,
    created_at   timestamptz NOT NULL DEFAULT now(),
    updated_at   timestamptz NOT NULL DEFAULT now(),
    CHECK ((role IN ('ASSOCIATE', 'SUPERVISOR', 'STORE_MANAGER')) = (store_id IS NOT NULL)),
    CHECK ((role = 'REGION_MANAGER') = (region_id IS NOT NULL))
);

-- For a store's employees by name, and its manager.
CREATE INDEX employee_store_name_idx ON staff.employee (store_id, display_name, id);
CREATE INDEX employee_store_role_idx ON staff.employee (store_id, role) WHERE status = 'ACTIVE';
-- For the chain's employees by name, and a region's manager.
CREATE INDEX employee_name_idx ON staff.employee (display_name, id);
CREATE INDEX employee_region_idx ON staff.employee (region_id) WHERE region_id IS NOT NULL;
CREATE INDEX employee_search_idx ON staff.employee USING gin ((display_name || ' ' || login) gin_trgm_ops);

-- +goose Down
DROP SCHEMA staff CASCADE;
