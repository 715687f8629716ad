-- +goose Up
-- By which name and address a reporter's own notes are found: those of the author, in lower case.
ALTER TABLE note ADD COLUMN author_name TEXT NOT NULL DEFAULT '';
ALTER TABLE note ADD COLUMN author_mail TEXT NOT NULL DEFAULT '';
CREATE INDEX note_author_name ON note (author_name, received_at) WHERE author_name <> '';
CREATE INDEX note_author_mail ON note (author_mail, received_at) WHERE author_mail <> '';

-- +goose Down
