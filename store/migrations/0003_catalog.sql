-- +goose Up
CREATE SCHEMA catalog;

CREATE TABLE catalog.category (
    id         uuid PRIMARY KEY,
    parent_id  uuid REFERENCES catalog.category (id),
    code       text NOT NULL CONSTRAINT category_code_key UNIQUE,
    name       text NOT NULL,
    version    integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX category_parent_idx ON catalog.category (parent_id, name, id);

CREATE TABLE catalog.product (
    id              uuid PRIMARY KEY,
    category_id     uuid REFERENCES catalog.category (id),
    sku             text NOT NULL CONSTRAINT product_sku_key UNIQUE,
    name            text NOT NULL,
    brand           text,
    unit            text NOT NULL DEFAULT 'PIECE' CHECK (unit IN ('PIECE', 'GRAM', 'MILLILITRE')), -- of all quantities
    discontinued_at timestamptz, -- null while the chain sells it
    version         integer NOT NULL DEFAULT 1,
    created_at      timestamptz NOT NULL DEFAULT now(),
    updated_at      timestamptz NOT NULL DEFAULT now()
);

-- For lists by name, of the whole catalog or of a category.
CREATE INDEX product_name_idx ON catalog.product (name, id);
CREATE INDEX product_category_name_idx ON catalog.product (category_id, name, id);
CREATE INDEX product_search_idx ON catalog.product
    USING gin ((sku || ' ' || name || ' ' || coalesce(brand, '')) gin_trgm_ops);

-- A product has any number of barcodes, and a barcode has one product. The key is the same however a code is printed:
-- a GTIN of 8, 12, 13 or 14 digits padded to 14, or an internal code with a colon before it.
CREATE TABLE catalog.barcode (
    key        text PRIMARY KEY,
    product_id uuid NOT NULL REFERENCES catalog.product (id) ON DELETE CASCADE,
    printed    text NOT NULL -- as on the package
);

CREATE INDEX barcode_product_idx ON catalog.barcode (product_id, key) INCLUDE (printed);

-- A product with its printed barcodes, as it is read.
CREATE VIEW catalog.product_with_barcodes AS
SELECT
    product.id,
    product.category_id,
    product.sku,
    product.name,
    product.brand,
    product.unit,
    product.discontinued_at,
    product.version,
    product.created_at,
    product.updated_at,
    ARRAY(
        SELECT barcode.printed FROM catalog.barcode WHERE barcode.product_id = product.id ORDER BY barcode.key
    )::text [] AS barcodes
FROM catalog.product;

-- A store's price of a product from an instant on. The price in force is the newest that has started.
CREATE TABLE catalog.price (
    store_id   uuid NOT NULL, -- a store of the module stores
    product_id uuid NOT NULL REFERENCES catalog.product (id) ON DELETE CASCADE,
    valid_from timestamptz NOT NULL,
    amount     numeric(12, 2) NOT NULL CHECK (amount >= 0),
    currency   text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (store_id, product_id, valid_from)
);

CREATE INDEX price_product_idx ON catalog.price (product_id); -- for the foreign key

-- +goose Down
DROP SCHEMA catalog CASCADE;
