-- +goose Up
-- One text for SQLite and PostgreSQL. Times are microseconds since 1970 in UTC, days are ISO text, flags are 0 or 1, money is
-- "MINOR CURRENCY". Ids are derived from what a row is, so that what arrives twice meets its own key.

CREATE TABLE source (
  name       TEXT PRIMARY KEY,
  kind       TEXT NOT NULL,
  secret     TEXT NOT NULL,
  is_on      BIGINT NOT NULL,
  created_at BIGINT NOT NULL
);
-- What the API sends is read as this source; it is never open as a hook.
INSERT INTO source (name, kind, secret, is_on, created_at) VALUES ('api', 'generic', '', 0, 0);

CREATE TABLE delivery (
  id          TEXT PRIMARY KEY,
  source      TEXT NOT NULL,
  external_id TEXT NOT NULL,
  header      TEXT NOT NULL,
  body        BYTEA NOT NULL,
  received_at BIGINT NOT NULL,
  state       TEXT NOT NULL,
  reason      TEXT NOT NULL
);
CREATE INDEX delivery_state ON delivery (state, received_at);

CREATE TABLE account (
  id         TEXT PRIMARY KEY,
  name       TEXT NOT NULL,
  name_key   TEXT NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE INDEX account_name ON account (name_key);

-- What recognises an account: kind 'domain', or 'id:' and the name of the system.
CREATE TABLE account_key (
  kind    TEXT NOT NULL,
  value   TEXT NOT NULL,
  account TEXT NOT NULL REFERENCES account (id),
  PRIMARY KEY (kind, value)
);
CREATE INDEX account_key_account ON account_key (account);

-- The facts of accounts and deals with their history: a fact holds from its time until the next of the same name.
CREATE TABLE fact (
  subject TEXT NOT NULL,
  name    TEXT NOT NULL,
  at      BIGINT NOT NULL,
  value   TEXT NOT NULL,
  source  TEXT NOT NULL,
  PRIMARY KEY (subject, name, at)
);

CREATE TABLE deal (
  id          TEXT PRIMARY KEY,
  account     TEXT NOT NULL REFERENCES account (id),
  system      TEXT NOT NULL,
  external_id TEXT NOT NULL,
  name        TEXT NOT NULL,
  created_at  BIGINT NOT NULL
);
CREATE INDEX deal_account ON deal (account);

CREATE TABLE note (
  id          TEXT PRIMARY KEY,
  source      TEXT NOT NULL,
  external_id TEXT NOT NULL,
  version     BIGINT NOT NULL,
  digest      TEXT NOT NULL,
  delivery    TEXT NOT NULL,
  kind        TEXT NOT NULL,
  account     TEXT NOT NULL REFERENCES account (id),
  deal        TEXT NOT NULL,
  title       TEXT NOT NULL,
  body        TEXT NOT NULL,
  url         TEXT NOT NULL,
  occurred_at BIGINT NOT NULL,
  received_at BIGINT NOT NULL,
  contact     TEXT NOT NULL,
  author      TEXT NOT NULL,
  UNIQUE (source, external_id, version)
);
CREATE INDEX note_delivery ON note (delivery);

-- An ask is 'pending' until it is placed, 'placed', 'none' where a person ruled that it is no ask, and 'retired' when a newer
-- version of its note no longer holds it. feature is where it stands, rulings on the ask applied, merges not followed.
CREATE TABLE ask (
  id          TEXT PRIMARY KEY,
  ordinal     BIGINT NOT NULL UNIQUE,
  note        TEXT NOT NULL REFERENCES note (id),
  account     TEXT NOT NULL REFERENCES account (id),
  deal        TEXT NOT NULL,
  statement   TEXT NOT NULL,
  quote       TEXT NOT NULL,
  span_start  BIGINT NOT NULL,
  span_end    BIGINT NOT NULL,
  priority    TEXT NOT NULL,
  motive      TEXT NOT NULL,
  occurred_at BIGINT NOT NULL,
  state       TEXT NOT NULL,
  feature     TEXT NOT NULL
);
CREATE INDEX ask_pending ON ask (ordinal) WHERE state = 'pending';
CREATE INDEX ask_note ON ask (note);
CREATE INDEX ask_feature ON ask (feature);
CREATE INDEX ask_account ON ask (account);

-- canonical is the feature itself, or the end of its chain of merges.
CREATE TABLE feature (
  id            TEXT PRIMARY KEY,
  title         TEXT NOT NULL,
  status        TEXT NOT NULL,
  status_reason TEXT NOT NULL,
  area          TEXT NOT NULL,
  team          TEXT NOT NULL,
  effort        BIGINT NOT NULL,
  timeframe     TEXT NOT NULL,
  merged_into   TEXT NOT NULL,
  canonical     TEXT NOT NULL,
  created_at    BIGINT NOT NULL,
  version       BIGINT NOT NULL
);
CREATE INDEX feature_canonical ON feature (canonical);
CREATE INDEX feature_merged ON feature (merged_into) WHERE merged_into <> '';

-- What the machine decided; rulings stand above it and never change it, so that an undo finds it as it was.
CREATE TABLE placement (
  ask       TEXT PRIMARY KEY REFERENCES ask (id),
  feature   TEXT NOT NULL REFERENCES feature (id),
  score     DOUBLE PRECISION NOT NULL,
  terms     TEXT NOT NULL,
  placed_by TEXT NOT NULL,
  placed_at BIGINT NOT NULL
);

CREATE TABLE ruling (
  seq     BIGINT PRIMARY KEY,
  id      TEXT NOT NULL UNIQUE,
  kind    TEXT NOT NULL,
  asks    TEXT NOT NULL,
  feature TEXT NOT NULL,
  target  TEXT NOT NULL,
  title   TEXT NOT NULL,
  undoes  TEXT NOT NULL,
  undone  BIGINT NOT NULL,
  reason  TEXT NOT NULL,
  ruled_by TEXT NOT NULL,
  ruled_at BIGINT NOT NULL
);
CREATE INDEX ruling_feature ON ruling (feature);
CREATE INDEX ruling_target ON ruling (target);

CREATE TABLE ruling_ask (
  ask TEXT NOT NULL REFERENCES ask (id),
  seq BIGINT NOT NULL REFERENCES ruling (seq),
  PRIMARY KEY (ask, seq)
);

-- Grows with every change that could move a list.
CREATE TABLE revision (
  id BIGINT PRIMARY KEY,
  n  BIGINT NOT NULL
);
INSERT INTO revision (id, n) VALUES (1, 1);

CREATE TABLE rate (
  currency TEXT NOT NULL,
  into_currency TEXT NOT NULL,
  from_on  TEXT NOT NULL,
  ppm      BIGINT NOT NULL,
  PRIMARY KEY (currency, into_currency, from_on)
);

CREATE TABLE frozen (
  quarter   TEXT NOT NULL,
  revision  BIGINT NOT NULL,
  settings  BYTEA NOT NULL,
  evidence  BYTEA NOT NULL,
  list      BYTEA NOT NULL,
  hash      TEXT NOT NULL,
  frozen_by TEXT NOT NULL,
  frozen_at BIGINT NOT NULL,
  PRIMARY KEY (quarter, revision)
);

CREATE TABLE publication (
  id           TEXT PRIMARY KEY,
  target       TEXT NOT NULL,
  quarter      TEXT NOT NULL,
  number       BIGINT NOT NULL,
  url          TEXT NOT NULL,
  comments     TEXT NOT NULL,
  body_hash    TEXT NOT NULL,
  published_at BIGINT NOT NULL,
  UNIQUE (target, quarter)
);

CREATE TABLE person (
  id         TEXT PRIMARY KEY,
  name       TEXT NOT NULL,
  role       TEXT NOT NULL,
  created_at BIGINT NOT NULL
);

-- Tokens, sign-in links and sessions are known by their SHA-256 alone.
CREATE TABLE token (
  hash       TEXT PRIMARY KEY,
  person     TEXT NOT NULL REFERENCES person (id),
  created_at BIGINT NOT NULL
);

CREATE TABLE sign_in (
  hash       TEXT PRIMARY KEY,
  person     TEXT NOT NULL REFERENCES person (id),
  expires_at BIGINT NOT NULL,
  used_at    BIGINT NOT NULL
);

CREATE TABLE session (
  token      TEXT PRIMARY KEY,
  data       BYTEA NOT NULL,
  expires_at BIGINT NOT NULL
);

CREATE TABLE reply (
  person  TEXT NOT NULL,
  key     TEXT NOT NULL,
  request TEXT NOT NULL,
  status  BIGINT NOT NULL,
  header  TEXT NOT NULL,
  body    BYTEA NOT NULL,
  kept_at BIGINT NOT NULL,
  PRIMARY KEY (person, key)
);

CREATE TABLE audit (
  id      TEXT PRIMARY KEY,
  at      BIGINT NOT NULL,
  done_by TEXT NOT NULL,
  action  TEXT NOT NULL,
  subject TEXT NOT NULL,
  detail  TEXT NOT NULL
);

-- Which process does a job that only one may do at a time.
CREATE TABLE lease (
  name  TEXT PRIMARY KEY,
  owner TEXT NOT NULL,
  until BIGINT NOT NULL
);

-- +goose Down
