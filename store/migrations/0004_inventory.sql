-- +goose Up
CREATE SCHEMA inventory;

-- A store's stock of a product, in the product's selling units.
CREATE TABLE inventory.stock (
    id             uuid PRIMARY KEY,
    store_id       uuid NOT NULL, -- a store of the module stores
    product_id     uuid NOT NULL, -- a product of the module catalog
    on_hand        integer NOT NULL DEFAULT 0 CHECK (on_hand >= 0),
    shelf_capacity integer NOT NULL DEFAULT 0 CHECK (shelf_capacity >= 0),
    reorder_point  integer NOT NULL DEFAULT 0 CHECK (reorder_point >= 0),
    version        integer NOT NULL DEFAULT 1,
    created_at     timestamptz NOT NULL DEFAULT now(),
    updated_at     timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT stock_store_product_key UNIQUE (store_id, product_id)
);

-- For the question whether any store has stock of a product.
CREATE INDEX stock_product_idx ON inventory.stock (product_id);

-- For stock at or below its reorder point, lowest first.
CREATE INDEX stock_store_low_idx ON inventory.stock (store_id, product_id) WHERE on_hand <= reorder_point;

-- Units of a product that were received together and expire on the same day.
CREATE TABLE inventory.lot (
    id          uuid PRIMARY KEY,
    store_id    uuid NOT NULL, -- a store of the module stores
    product_id  uuid NOT NULL, -- a product of the module catalog
    expires_on  date NOT NULL,
    quantity    integer NOT NULL CHECK (quantity > 0),
    received_at timestamptz NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX lot_product_expiry_idx ON inventory.lot (store_id, product_id, expires_on, id);
CREATE INDEX lot_store_expiry_idx ON inventory.lot (store_id, expires_on, id);

-- +goose Down
DROP SCHEMA inventory CASCADE;
