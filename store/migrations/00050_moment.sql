-- +goose Up
-- How many seconds into its recording an ask was said; -1 where nobody tells.
ALTER TABLE ask ADD COLUMN moment BIGINT NOT NULL DEFAULT -1;

-- +goose Down
ALTER TABLE ask DROP COLUMN moment;
