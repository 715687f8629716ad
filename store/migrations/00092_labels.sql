-- +goose Up
-- The names that features' teams and areas are chosen from. Whatever a feature bears is among them; kept is 1 for what a person added.
CREATE TABLE label (
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  kept BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (kind, name)
);
INSERT INTO label (kind, name) SELECT DISTINCT 'team', team FROM feature WHERE team <> '';
INSERT INTO label (kind, name) SELECT DISTINCT 'area', area FROM feature WHERE area <> '';
CREATE INDEX feature_team ON feature (team) WHERE team <> '';
CREATE INDEX feature_area ON feature (area) WHERE area <> '';

-- +goose Down
