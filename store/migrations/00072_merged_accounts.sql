-- +goose Up
-- Who lets an account count as another, when and why; '' and 0 for one that counts for itself.
ALTER TABLE account ADD COLUMN merged_by TEXT NOT NULL DEFAULT '';
ALTER TABLE account ADD COLUMN merged_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE account ADD COLUMN merge_reason TEXT NOT NULL DEFAULT '';

-- +goose Down
