-- +goose Up
-- look says why an ask waits for a person: 'close' where it founded a feature though another is close, 'joined' where the machine
-- joined it to one, 'founded' where nothing was close; '' where it stands nowhere or a person has ruled on it.
ALTER TABLE ask ADD COLUMN look TEXT NOT NULL DEFAULT '';
UPDATE ask SET look = (SELECT CASE WHEN placement.score > 0 THEN 'joined' ELSE 'founded' END FROM placement WHERE placement.ask = ask.id)
  WHERE state = 'placed' AND EXISTS (SELECT 1 FROM placement WHERE placement.ask = ask.id)
  AND NOT EXISTS (SELECT 1 FROM ruling_ask JOIN ruling ON ruling.seq = ruling_ask.seq WHERE ruling_ask.ask = ask.id AND ruling.undone = 0 AND ruling.kind <> 'undo');
CREATE INDEX ask_look ON ask (look, ordinal) WHERE look <> '';

-- 1 where the ask founded a feature though another one is close.
ALTER TABLE placement ADD COLUMN close BIGINT NOT NULL DEFAULT 0;

-- silent is 1 for the newest version of a note in which no ask was found and of which nobody has said that it holds none.
ALTER TABLE note ADD COLUMN silent BIGINT NOT NULL DEFAULT 0;
UPDATE note SET silent = 1 WHERE NOT EXISTS (SELECT 1 FROM ask WHERE ask.note = note.id)
  AND version = (SELECT MAX(version) FROM note newest WHERE newest.source = note.source AND newest.external_id = note.external_id);
CREATE INDEX note_silent ON note (received_at, id) WHERE silent = 1;

-- What a ruling is about where it is about a whole note, or about words that it marks as an ask.
ALTER TABLE ruling ADD COLUMN note TEXT NOT NULL DEFAULT '';
CREATE INDEX ruling_note ON ruling (note) WHERE note <> '';
CREATE INDEX ruling_by ON ruling (ruled_by, seq);

-- What people and the whole workspace prefer; person is '' for the workspace.
CREATE TABLE preference (
  person TEXT NOT NULL,
  name   TEXT NOT NULL,
  value  TEXT NOT NULL,
  PRIMARY KEY (person, name)
);

-- +goose Down
