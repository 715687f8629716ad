-- +goose Up
-- Files that people import on a page; body is the whole of it as JSON.
CREATE TABLE upload (
  id    TEXT PRIMARY KEY,
  state TEXT NOT NULL,
  at    BIGINT NOT NULL,
  body  TEXT NOT NULL
);
CREATE INDEX upload_at ON upload (at);
CREATE INDEX upload_moving ON upload (at) WHERE state IN ('trying', 'running');

-- +goose Down
