-- +goose Up
-- Where the next pull of a topic goes on; it moves in the transaction that keeps the page before it.
CREATE TABLE pull_cursor (
  source TEXT NOT NULL,
  topic  TEXT NOT NULL,
  place  TEXT NOT NULL,
  PRIMARY KEY (source, topic)
);

-- How the last pull of a source went.
CREATE TABLE last_pull (
  source   TEXT PRIMARY KEY,
  at       BIGINT NOT NULL,
  pages    BIGINT NOT NULL,
  kept     BIGINT NOT NULL,
  fault    TEXT NOT NULL,
  failures BIGINT NOT NULL,
  next_at  BIGINT NOT NULL
);

-- Which columns the files of a source are read from, as a JSON object: field -> column.
CREATE TABLE import_map (
  source  TEXT NOT NULL,
  kind    TEXT NOT NULL,
  mapping TEXT NOT NULL,
  PRIMARY KEY (source, kind)
);

-- How many rows of a file are in, while its import is under way or after it was cut off; file is a hash of all that its reading depends on.
CREATE TABLE import_mark (
  file    TEXT PRIMARY KEY,
  reached BIGINT NOT NULL,
  at      BIGINT NOT NULL
);

-- +goose Down
