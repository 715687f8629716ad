-- +goose Up
-- Counts the new versions of notes; an ask bears the count of the last one that took it out or back in, so that who keeps an index of
-- asks hears of it.
ALTER TABLE ask ADD COLUMN restood BIGINT NOT NULL DEFAULT 0;
CREATE INDEX ask_restood ON ask (restood) WHERE restood > 0;

-- +goose Down
