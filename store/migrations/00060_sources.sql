-- +goose Up
-- The deliveries of one source, newest first.
CREATE INDEX delivery_source ON delivery (source, received_at, id);

-- How many records a delivery brought something new of, beside its notes.
ALTER TABLE delivery ADD COLUMN accounts BIGINT NOT NULL DEFAULT 0;
ALTER TABLE delivery ADD COLUMN deals BIGINT NOT NULL DEFAULT 0;
ALTER TABLE delivery ADD COLUMN issues BIGINT NOT NULL DEFAULT 0;

-- When the last pull that went well began, 0 where none has.
ALTER TABLE last_pull ADD COLUMN well_at BIGINT NOT NULL DEFAULT 0;
UPDATE last_pull SET well_at = at WHERE fault = '';

-- +goose Down
