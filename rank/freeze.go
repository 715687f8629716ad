package rank

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"clamor"
)

// Freeze ranks the evidence by a scenario of the settings and makes the quarter's record of it: the list, its settings and
// its evidence, with a hash over all of it. scenario "" is the one the settings show.
func Freeze(e clamor.Evidence, s Settings, scenario string, revision int, by string, at time.Time) (clamor.Frozen, error) {
	return Revise(e, s, scenario, revision, "", by, at)
}

// Revise freezes a quarter again, for a reason that belongs to the record.
func Revise(e clamor.Evidence, s Settings, scenario string, revision int, reason, by string, at time.Time) (clamor.Frozen, error) {
	s, err := s.For(scenario)
	if err != nil {
		return clamor.Frozen{}, err
	}
	e = canonical(e)
	list, err := Rank(e, s)
	if err != nil {
		return clamor.Frozen{}, fmt.Errorf("freezing %s: %w", e.Quarter, err)
	}
	f := clamor.Frozen{Quarter: e.Quarter, Revision: revision, Reason: reason, List: list}
	if f.Settings, err = json.Marshal(s); err != nil {
		return clamor.Frozen{}, fmt.Errorf("encoding the settings of %s: %w", e.Quarter, err)
	}
	if f.Evidence, err = json.Marshal(e); err != nil {
		return clamor.Frozen{}, fmt.Errorf("encoding the evidence of %s: %w", e.Quarter, err)
	}
	f.List.Revision, f.List.Reason = revision, reason
	f.List.Frozen, f.List.FrozenBy, f.List.FrozenAt = true, by, at.UTC().Truncate(time.Microsecond)
	if f.List.Hash, err = hash(f); err != nil {
		return clamor.Frozen{}, err
	}
	return f, nil
}

// canonical gives equal evidence one form: every slice in order of id and none nil, every time in UTC.
func canonical(e clamor.Evidence) clamor.Evidence {
	e.Accounts = inOrder(e.Accounts, func(a clamor.Account) string { return string(a.ID) })
	e.Deals = inOrder(e.Deals, func(d clamor.Deal) string { return string(d.ID) })
	e.Features = inOrder(e.Features, func(f clamor.Feature) string { return string(f.ID) })
	e.Asks = inOrder(e.Asks, func(a clamor.EvidenceAsk) string { return string(a.ID) })
	e.Rates = inOrder(e.Rates, func(r clamor.Rate) string {
		return fmt.Sprintf("%s %s %s %020d", r.Currency, r.Into, r.From, r.PPM)
	})
	if len(e.Pins) > 0 {
		e.Pins = inOrder(e.Pins, func(p clamor.Pin) string { return string(p.Feature) })
		for i := range e.Pins {
			e.Pins[i].At = e.Pins[i].At.UTC()
		}
	}
	for i := range e.Features {
		e.Features[i].CreatedAt = e.Features[i].CreatedAt.UTC()
	}
	return e
}

func inOrder[T any](all []T, key func(T) string) []T {
	all = append(make([]T, 0, len(all)), all...)
	slices.SortFunc(all, func(a, b T) int { return strings.Compare(key(a), key(b)) })
	return all
}

// hash is SHA-256, in hex, over the whole record: formula, quarter, revision, by whom and when, settings, evidence, list and the
// reason of a revision, each behind its length.
func hash(f clamor.Frozen) (string, error) {
	list, err := newRecord(f.List).encode()
	if err != nil {
		return "", err
	}
	fields := [][]byte{[]byte(f.List.Formula), []byte(f.Quarter), fmt.Append(nil, f.Revision), []byte(f.List.FrozenBy),
		[]byte(f.List.FrozenAt.UTC().Format(time.RFC3339Nano)), f.Settings, f.Evidence, list}
	if f.Reason != "" { // first revisions have none, and were hashed without before there were others
		fields = append(fields, []byte(f.Reason))
	}
	h := sha256.New()
	for _, field := range fields {
		writeField(h, field)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

func writeField(w io.Writer, field []byte) {
	var n [8]byte
	binary.BigEndian.PutUint64(n[:], uint64(len(field)))
	w.Write(n[:]) // a hash takes everything
	w.Write(field)
}

// Inputs reads what a frozen list was made from.
func Inputs(f clamor.Frozen) (clamor.Evidence, Settings, error) {
	var e clamor.Evidence
	var s Settings
	if err := json.Unmarshal(f.Settings, &s); err != nil {
		return e, s, clamor.Errorf(clamor.Conflict, "the settings stored with %s cannot be read: %w", f.Quarter, err)
	}
	if err := json.Unmarshal(f.Evidence, &e); err != nil {
		return e, s, clamor.Errorf(clamor.Conflict, "the evidence stored with %s cannot be read: %w", f.Quarter, err)
	}
	return e, s, nil
}
