-- +goose Up
-- Accounts by name.
CREATE INDEX account_page ON account (name_key, id) WHERE merged_into = '';
-- The newest notes of a reporter, with what tells whether there is a newer version.
DROP INDEX note_author_name;
DROP INDEX note_author_mail;
CREATE INDEX note_author_name ON note (author_name, received_at, id, source, external_id, version) WHERE author_name <> '';
CREATE INDEX note_author_mail ON note (author_mail, received_at, id, source, external_id, version) WHERE author_mail <> '';

-- +goose Down
