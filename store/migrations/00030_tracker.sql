-- +goose Up
-- Which issues of trackers a feature is worked on in; target and number are those of an issue that Clamor made.
CREATE TABLE tracker_link (
  feature   TEXT NOT NULL REFERENCES feature (id),
  url       TEXT NOT NULL,
  target    TEXT NOT NULL,
  number    BIGINT NOT NULL,
  linked_by TEXT NOT NULL,
  linked_at BIGINT NOT NULL,
  PRIMARY KEY (feature, url)
);
CREATE INDEX tracker_link_url ON tracker_link (url);

-- News of linked issues, with what they did to the feature or propose to a person.
CREATE TABLE tracker_event (
  id         TEXT PRIMARY KEY,
  feature    TEXT NOT NULL REFERENCES feature (id),
  url        TEXT NOT NULL,
  state      TEXT NOT NULL,
  reason     TEXT NOT NULL,
  told_by    TEXT NOT NULL,
  told_at    BIGINT NOT NULL,
  was        TEXT NOT NULL,
  became     TEXT NOT NULL,
  proposes   TEXT NOT NULL,
  proposal   TEXT NOT NULL,
  settled_by TEXT NOT NULL,
  settled_at BIGINT NOT NULL,
  answer     TEXT NOT NULL
);
CREATE INDEX tracker_event_feature ON tracker_event (feature, told_at);
CREATE INDEX tracker_event_open ON tracker_event (told_at) WHERE proposal = 'open';

-- +goose Down
