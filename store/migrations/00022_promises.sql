-- +goose Up
-- What people promised to accounts. Days are ISO text, '' where none is known; ended_on is '' while the promise is open.
CREATE TABLE promise (
  id          TEXT PRIMARY KEY,
  feature     TEXT NOT NULL REFERENCES feature (id),
  account     TEXT NOT NULL REFERENCES account (id),
  made_by     TEXT NOT NULL,
  made_on     TEXT NOT NULL,
  due_on      TEXT NOT NULL,
  words       TEXT NOT NULL,
  note        TEXT NOT NULL,
  state       TEXT NOT NULL,
  reason      TEXT NOT NULL,
  ended_on    TEXT NOT NULL,
  recorded_by TEXT NOT NULL,
  recorded_at BIGINT NOT NULL,
  version     BIGINT NOT NULL
);
CREATE INDEX promise_feature ON promise (feature);
CREATE INDEX promise_account ON promise (account);
CREATE INDEX promise_due ON promise (state, due_on);

-- +goose Down
