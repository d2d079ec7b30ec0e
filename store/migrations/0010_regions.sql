-- +goose Up
ALTER TABLE stores.region ADD COLUMN status text NOT NULL DEFAULT 'OPEN' CHECK (status IN ('OPEN', 'CLOSED'));

-- +goose Down
ALTER TABLE stores.region DROP COLUMN status;
