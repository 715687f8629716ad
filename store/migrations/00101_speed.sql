-- +goose Up
-- The newest asks of a feature, in the order in which its page shows them.
CREATE INDEX ask_feature_newest ON ask (feature, occurred_at, ordinal) WHERE state = 'placed';

-- +goose Down
