-- +goose Up

-- Changes of stocks. A stock is the sum of its movements. Rows are never updated.
CREATE TABLE inventory.movement (
    id          uuid PRIMARY KEY,
    store_id    uuid NOT NULL, -- a store of the module stores
    product_id  uuid NOT NULL, -- a product of the module catalog
    kind        text NOT NULL CHECK (kind IN ('ADJUSTMENT', 'RECEIPT', 'SALE', 'WRITE_OFF', 'TRANSFER')),
    quantity    integer NOT NULL CHECK (quantity <> 0), -- in selling units, negative for goods that left the store
    on_hand     integer NOT NULL CHECK (on_hand >= 0), -- after the movement
    occurred_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    reference   text, -- of another system, such as a receipt or a delivery note
    reason      text CHECK (reason IN ('COUNT', 'DAMAGED', 'EXPIRED', 'THEFT', 'FOUND', 'OTHER')), -- of an adjustment
    note        text, -- of an adjustment
    actor_id    uuid, -- who recorded it: an employee of the module staff, or a partner of the module partners; null for the system
    external_id text, -- of the actor's system, for good: the actor's movement with it is recorded once
    leg         smallint NOT NULL DEFAULT 0 -- 1 for the arrival of a transfer between two stores, whose movements share an external id
);

CREATE UNIQUE INDEX movement_external_id_key ON inventory.movement (actor_id, external_id, leg) WHERE external_id IS NOT NULL;

-- For a stock's movements, newest first.
CREATE INDEX movement_stock_idx ON inventory.movement (store_id, product_id, recorded_at, id);

-- +goose Down
DROP TABLE inventory.movement;
