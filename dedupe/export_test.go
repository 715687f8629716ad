package dedupe

// SnapshotFrom lets a small index have a snapshot.
func SnapshotFrom(s *Service, n int) { s.worth = n }
