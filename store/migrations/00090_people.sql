-- +goose Up
-- era grows when all sessions of a person end: a session holds as long as it is of the person's era. A person who was removed stays, so
-- that the history keeps the name. mail is in lower case; seen_at and used_at are no finer than an hour.
ALTER TABLE person ADD COLUMN mail TEXT NOT NULL DEFAULT '';
ALTER TABLE person ADD COLUMN era BIGINT NOT NULL DEFAULT 0;
ALTER TABLE person ADD COLUMN seen_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE person ADD COLUMN removed_at BIGINT NOT NULL DEFAULT 0;
CREATE INDEX person_mail ON person (mail) WHERE mail <> '';
CREATE INDEX sign_in_person ON sign_in (person);

-- tail is the end of the token's text, by which its owner knows it again; '' for tokens that are older than this.
ALTER TABLE token ADD COLUMN tail TEXT NOT NULL DEFAULT '';
ALTER TABLE token ADD COLUMN made_by TEXT NOT NULL DEFAULT '';
ALTER TABLE token ADD COLUMN used_at BIGINT NOT NULL DEFAULT 0;
CREATE INDEX token_person ON token (person);

CREATE INDEX audit_by ON audit (done_by, id);
CREATE INDEX audit_action ON audit (action, id);

-- +goose Down
