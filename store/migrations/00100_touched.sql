-- +goose Up
-- What a change that could move the lists touched, as a JSON object of ids. A revision without a row, or one that says whole, may have
-- changed anything.
DELETE FROM list_news;
ALTER TABLE list_news RENAME COLUMN asks TO touched;

-- +goose Down
