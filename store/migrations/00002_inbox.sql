-- +goose Up
-- Settings and mapping are JSON objects of texts; every is in microseconds.
ALTER TABLE source ADD COLUMN token TEXT NOT NULL DEFAULT '';
ALTER TABLE source ADD COLUMN settings TEXT NOT NULL DEFAULT '{}';
ALTER TABLE source ADD COLUMN mapping TEXT NOT NULL DEFAULT '{}';
ALTER TABLE source ADD COLUMN every BIGINT NOT NULL DEFAULT 0;

-- retry_at is when a pending delivery is read, 0 for at once; -1 for one that is not pending.
ALTER TABLE delivery ADD COLUMN topic TEXT NOT NULL DEFAULT '';
ALTER TABLE delivery ADD COLUMN sha256 TEXT NOT NULL DEFAULT '';
ALTER TABLE delivery ADD COLUMN attempts BIGINT NOT NULL DEFAULT 0;
ALTER TABLE delivery ADD COLUMN retry_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE delivery ADD COLUMN replays BIGINT NOT NULL DEFAULT 0;
UPDATE delivery SET retry_at = -1 WHERE state <> 'received';
-- What failed until now was never read again.
UPDATE delivery SET state = 'dead' WHERE state = 'failed';
CREATE INDEX delivery_due ON delivery (retry_at, received_at, id) WHERE retry_at >= 0;

-- The newest that trackers tell of their issues.
CREATE TABLE issue (
  url     TEXT PRIMARY KEY,
  state   TEXT NOT NULL,
  reason  TEXT NOT NULL,
  told_at BIGINT NOT NULL,
  told_by TEXT NOT NULL
);

-- A merge is a link: merged_into as people have it, canonical the account itself or the end of its chain. Every row keeps the account
-- it was recorded for, and what reads them follows the links, so that an undo finds all as it was.
ALTER TABLE account ADD COLUMN merged_into TEXT NOT NULL DEFAULT '';
ALTER TABLE account ADD COLUMN canonical TEXT NOT NULL DEFAULT '';
UPDATE account SET canonical = id;
CREATE INDEX account_canonical ON account (canonical);

-- Records that may speak of any of several accounts wait for a person. account is the one chosen, '' until then; standing is 1 where the
-- choice holds for all records of the source that name their account so.
CREATE TABLE ambiguity (
  id         TEXT PRIMARY KEY,
  source     TEXT NOT NULL,
  delivery   TEXT NOT NULL,
  record     TEXT NOT NULL,
  naming     TEXT NOT NULL,
  facts      TEXT NOT NULL,
  candidates TEXT NOT NULL,
  reason     TEXT NOT NULL,
  found_at   BIGINT NOT NULL,
  account    TEXT NOT NULL,
  standing   BIGINT NOT NULL,
  settled_by TEXT NOT NULL,
  settled_at BIGINT NOT NULL
);
CREATE INDEX ambiguity_open ON ambiguity (found_at, id) WHERE account = '';
CREATE INDEX ambiguity_naming ON ambiguity (source, naming);

-- +goose Down
