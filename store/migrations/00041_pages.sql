-- +goose Up
-- What a person changed of a feature, as FeatureEdit in JSON: was holds the fields as they stood before. What was changed at one go
-- shares its batch, and is taken back at one go.
CREATE TABLE feature_edit (
  batch     TEXT NOT NULL,
  feature   TEXT NOT NULL REFERENCES feature (id),
  was       TEXT NOT NULL,
  became    TEXT NOT NULL,
  edited_by TEXT NOT NULL,
  edited_at BIGINT NOT NULL,
  undone    BIGINT NOT NULL,
  PRIMARY KEY (batch, feature)
);
CREATE INDEX feature_edit_feature ON feature_edit (feature, edited_at);

-- A view of the list: its filters, columns and order as the query of its address.
CREATE TABLE saved_view (
  id       TEXT PRIMARY KEY,
  name     TEXT NOT NULL,
  query    TEXT NOT NULL,
  person   TEXT NOT NULL,
  by_name  TEXT NOT NULL,
  shared   BIGINT NOT NULL,
  saved_at BIGINT NOT NULL
);

-- +goose Down
