-- +goose Up
-- Of a pin: the place that a feature shall take; of a shift: how many places up from where it is computed, or down where negative.
ALTER TABLE ruling ADD COLUMN place BIGINT NOT NULL DEFAULT 0;
CREATE INDEX ruling_pin ON ruling (seq) WHERE kind IN ('pin', 'shift');

-- +goose Down
