-- +goose Up
-- What the workspace tells the deduper, with its history: the highest version counts.
CREATE TABLE deduper_settings (
  version  BIGINT PRIMARY KEY,
  synonyms TEXT NOT NULL,
  caution  DOUBLE PRECISION NOT NULL,
  reason   TEXT NOT NULL,
  set_by   TEXT NOT NULL,
  set_at   BIGINT NOT NULL
);

-- +goose Down
