-- +goose Up
-- What a change that moved the lists did, where it did nothing but place the asks in the JSON array; n is the revision that it made. A
-- revision without a row changed something else.
CREATE TABLE list_news (
  n    BIGINT PRIMARY KEY,
  asks TEXT NOT NULL
);

-- +goose Down
