-- +goose Up
-- The sample company, while it is there: one row. keeps says in JSON which rates and versions of settings it brought; loaded_at is 0 until it
-- is there as a whole, fault why it could not be loaded.
CREATE TABLE sample (
  id        BIGINT PRIMARY KEY,
  by_name   TEXT NOT NULL,
  begun_at  BIGINT NOT NULL,
  loaded_at BIGINT NOT NULL,
  share     BIGINT NOT NULL,
  fault     TEXT NOT NULL,
  keeps     TEXT NOT NULL
);

-- 1 for what only the sample company brought; 0 as soon as any other record names it.
ALTER TABLE account ADD COLUMN sample BIGINT NOT NULL DEFAULT 0;
ALTER TABLE account_key ADD COLUMN sample BIGINT NOT NULL DEFAULT 0;
ALTER TABLE deal ADD COLUMN sample BIGINT NOT NULL DEFAULT 0;

-- Row 2 grows when asks or rulings are taken out for good, so that who keeps an index of them builds it anew.
INSERT INTO revision (id, n) VALUES (2, 1);

-- +goose Down
