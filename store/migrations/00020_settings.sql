-- +goose Up
-- The ranking settings with their history: the highest version counts. body is a JSON object, or '' for the defaults; rates is a JSON
-- array of all exchange rates as they stood with that version.
CREATE TABLE ranking_settings (
  version BIGINT PRIMARY KEY,
  body    TEXT NOT NULL,
  rates   TEXT NOT NULL,
  reason  TEXT NOT NULL,
  set_by  TEXT NOT NULL,
  set_at  BIGINT NOT NULL
);

-- +goose Down
