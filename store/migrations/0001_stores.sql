-- +goose Up
CREATE EXTENSION IF NOT EXISTS pg_trgm;

CREATE SCHEMA stores;

CREATE TABLE stores.region (
    id         uuid PRIMARY KEY,
    code       text NOT NULL CONSTRAINT region_code_key UNIQUE,
    name       text NOT NULL,
    version    integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE stores.store (
    id            uuid PRIMARY KEY,
    region_id     uuid NOT NULL REFERENCES stores.region (id),
    code          text NOT NULL CONSTRAINT store_code_key UNIQUE,
    name          text NOT NULL,
    format        text NOT NULL DEFAULT 'SUPERMARKET'
                  CHECK (format IN ('HYPERMARKET', 'SUPERMARKET', 'CONVENIENCE', 'DISCOUNT', 'DARK_STORE')),
    status        text NOT NULL DEFAULT 'OPEN'
                  CHECK (status IN ('PLANNED', 'OPEN', 'PAUSED', 'CLOSED')),
    street        text CHECK (street <> ''), -- NULL is unknown, as in the columns below
    city          text CHECK (city <> ''),
    state         text CHECK (state <> ''),
    postal_code   text CHECK (postal_code <> ''),
    country_code  text CHECK (country_code ~ '^[A-Z]{2}$'),
    latitude      double precision CHECK (latitude BETWEEN -90 AND 90),
    longitude     double precision CHECK (longitude BETWEEN -180 AND 180),
    timezone      text NOT NULL,
    opening_hours jsonb NOT NULL DEFAULT '[]',
    version       integer NOT NULL DEFAULT 1,
    created_at    timestamptz NOT NULL DEFAULT now(),
    updated_at    timestamptz NOT NULL DEFAULT now(),
    CHECK ((latitude IS NULL) = (longitude IS NULL))
);

-- For lists by code, of the chain or of a region.
CREATE INDEX store_region_code_idx ON stores.store (region_id, code);
-- For lists by name, of the chain or of a region.
CREATE INDEX store_name_idx ON stores.store (name, id);
CREATE INDEX store_region_name_idx ON stores.store (region_id, name, id);
-- For searches in code, name and city.
CREATE INDEX store_search_idx ON stores.store USING gin ((code || ' ' || name || coalesce(' ' || city, '')) gin_trgm_ops);

-- +goose Down
DROP SCHEMA stores CASCADE;
