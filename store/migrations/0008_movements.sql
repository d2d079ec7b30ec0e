-- +goose Up

-- What changed a stock, one row a change: the stock is the sum of them. Rows are only added.
CREATE TABLE inventory.movement (
    id          uuid PRIMARY KEY,
    store_id    uuid NOT NULL, -- a store of the module stores
    product_id  uuid NOT NULL, -- a product of the module catalog
    kind        text NOT NULL CHECK (kind IN ('ADJUSTMENT', 'RECEIPT', 'SALE', 'WRITE_OFF', 'TRANSFER')),
    quantity    integer NOT NULL CHECK (quantity <> 0), -- in selling units; what went out is negative
    on_hand     integer NOT NULL CHECK (on_hand >= 0), -- afterwards
    occurred_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    reference   text, -- of another system: a receipt, a delivery note
    reason      text, -- of an adjustment
    actor_id    uuid -- who told of it, an employee of the module staff; null for the system
);

-- What happened to a stock, the newest first.
CREATE INDEX movement_stock_idx ON inventory.movement (store_id, product_id, recorded_at, id);

-- +goose Down
DROP TABLE inventory.movement;
