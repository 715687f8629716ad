-- +goose Up
-- Why a frozen list was frozen again; '' for the first revision.
ALTER TABLE frozen ADD COLUMN reason TEXT NOT NULL DEFAULT '';

-- +goose Down
