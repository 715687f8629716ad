package store_test

import (
	"path/filepath"
	"testing"

	"clamor"
)

func TestMovingToPostgreSQLAndBackKeepsEverything(t *testing.T) {
	old := open(t, "sqlite:"+filepath.Join(t.TempDir(), "old.db"))
	asks := seeded(t, old, 3)
	_, err := old.Rule(t.Context(), clamor.Ruling{Kind: clamor.RuleMerge, Feature: clamor.FoundedID(asks[0]), Target: clamor.FoundedID(asks[1]), By: "Ann"})
	must(t, err)
	_, _, err = old.AddDelivery(t.Context(), delivery(9, "\x00\xff not text"))
	must(t, err)
	_, err = old.AddToken(t.Context(), clamor.NewToken{Name: "ci", Role: clamor.PM, Hash: "hash"}, "Ann")
	must(t, err)

	server := open(t, postgres.database(t))
	back := open(t, "sqlite:"+filepath.Join(t.TempDir(), "back.db"))
	moved, err := server.CopyFrom(t.Context(), old)
	must(t, err)
	again, err := back.CopyFrom(t.Context(), server)
	must(t, err)
	same(t, "rows", again, moved)

	same(t, "postgres", standing(t, server), standing(t, old))
	same(t, "sqlite again", standing(t, back), standing(t, old))
	d, err := back.FindDelivery(t.Context(), delivery(9, "").ID)
	must(t, err)
	same(t, "bytes", string(d.Body), "\x00\xff not text")
	u, err := server.UserByToken(t.Context(), "hash")
	must(t, err)
	same(t, "role", u.Role, clamor.PM)
	_, err = server.CopyFrom(t.Context(), old)
	wantKind(t, err, clamor.Conflict)

	// Both go on as before: what came before is recognised, what is ruled can be undone.
	same(t, "the same note again", take(t, server, 10, intake("81", "Northwind", "We need thing 0.", "We need thing 1.", "We need thing 2.")).NotesUnchanged, 1)
}
