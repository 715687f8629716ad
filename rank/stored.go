package rank

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"clamor"
)

// Draft is what somebody wants the settings to be.
type Draft struct {
	Settings Settings      // whole; Version is the one that they were made from
	Rates    []clamor.Rate // all of them
	Reason   string
}

// Settings are those that live lists are computed with: the newest stored ones, else the defaults.
func (s *Service) Settings(ctx context.Context) (Settings, error) {
	v, err := s.store.RankingSettings(ctx)
	if err != nil {
		return Settings{}, err
	}
	return s.Decode(v)
}

// Decode reads the settings of a version. One in which nobody has set anything but a rate holds the defaults.
func (s *Service) Decode(v clamor.SettingsVersion) (Settings, error) {
	settings := s.defaults
	if len(v.Body) > 0 {
		settings = Settings{}
		if err := json.Unmarshal(v.Body, &settings); err != nil {
			return settings, fmt.Errorf("reading version %d of the ranking settings: %w", v.Version, err)
		}
	}
	settings.Version = v.Version
	return settings, nil
}

func (s *Service) settingsFor(ctx context.Context, scenario string) (Settings, error) {
	settings, err := s.Settings(ctx)
	if err != nil {
		return settings, err
	}
	return settings.For(scenario)
}

// PutSettings stores settings as the next version; from then on lists are computed with them. It is Stale unless the draft was made
// from the newest version, and Invalid with every fault where it does not hold.
func (s *Service) PutSettings(ctx context.Context, d Draft, by string) (clamor.SettingsVersion, error) {
	if err := d.Validate(); err != nil {
		return clamor.SettingsVersion{}, err
	}
	was, err := s.Settings(ctx)
	if err != nil {
		return clamor.SettingsVersion{}, err
	}
	if err := s.keepsQuarters(ctx, was, d.Settings); err != nil {
		return clamor.SettingsVersion{}, err
	}
	version := d.Settings.Version
	d.Settings.Version = 0 // its number is the store's to give
	body, err := json.Marshal(d.Settings)
	if err != nil {
		return clamor.SettingsVersion{}, fmt.Errorf("encoding the ranking settings: %w", err)
	}
	what := strings.TrimSpace(describe(Compare(was, d.Settings)) + " " + d.Reason)
	return s.store.PutRankingSettings(ctx, clamor.SettingsVersion{Version: version, Body: body, Rates: d.Rates, Reason: d.Reason, By: by}, what)
}

// keepsQuarters refuses to let the names of frozen quarters mean other days.
func (s *Service) keepsQuarters(ctx context.Context, was, is Settings) error {
	if max(was.FiscalStart, 1) == max(is.FiscalStart, 1) {
		return nil
	}
	frozen, err := s.store.FrozenQuarters(ctx)
	if err != nil || len(frozen) == 0 {
		return err
	}
	return clamor.Refuse("the ranking settings do not hold", []clamor.Fault{{Path: "fiscal_year_start", Message: fmt.Sprintf(
		"%s is frozen under a year that starts in month %d: another start would let its name mean other days", frozen[0], max(was.FiscalStart, 1))}})
}

const (
	maxReason = 2000 // bytes
	maxRates  = 2000
)

// Validate names every fault of the draft at once.
func (d Draft) Validate() error {
	f := d.Settings.faults()
	f.when(len(d.Reason) > maxReason, "reason", "at most 2000 bytes")
	f.when(len(d.Rates) > maxRates, "rates", "at most 2000")
	for i, r := range d.Rates {
		path := fmt.Sprintf("rates[%d].", i)
		f.currency(path+"currency", r.Currency)
		f.currency(path+"into", r.Into)
		f.when(r.Currency == r.Into, path+"into", "is the currency itself")
		day, err := clamor.ParseDate(string(r.From))
		f.when(err != nil || day != r.From, path+"from", "write a day as 2026-10-03")
		f.between(path+"ppm", r.PPM, 1, 1_000_000_000*ppm)
		f.when(slices.ContainsFunc(d.Rates[:i], func(o clamor.Rate) bool {
			return o.Currency == r.Currency && o.Into == r.Into && o.From == r.From
		}), path+"from", "there is another rate of this currency from this day")
	}
	return clamor.Refuse("the ranking settings do not hold", f)
}

// Edit is one field in which two settings differ, as JSON values; null where it is not set.
type Edit struct {
	Path string          `json:"path"`
	Was  json.RawMessage `json:"was"`
	Is   json.RawMessage `json:"is"`
}

// Compare names every field in which two settings differ, in the order of the paths. Their versions are no field.
func Compare(was, is Settings) []Edit {
	was.Version, is.Version = 0, 0
	was.FiscalStart, is.FiscalStart = max(was.FiscalStart, 1), max(is.FiscalStart, 1)
	before, after := map[string]json.RawMessage{}, map[string]json.RawMessage{}
	flatten(before, "", generic(was))
	flatten(after, "", generic(is))
	var edits []Edit
	for _, path := range sortedKeys(before, after) {
		if a, b := before[path], after[path]; !bytes.Equal(a, b) {
			edits = append(edits, Edit{path, orNull(a), orNull(b)})
		}
	}
	return edits
}

func orNull(text json.RawMessage) json.RawMessage {
	if text == nil {
		return json.RawMessage("null")
	}
	return text
}

// flatten lays out the values of a JSON value by their paths.
func flatten(to map[string]json.RawMessage, path string, v any) {
	switch x := v.(type) {
	case map[string]any:
		for name, field := range x {
			flatten(to, strings.TrimPrefix(path+"."+name, "."), field)
		}
	case []any:
		for i, element := range x {
			flatten(to, fmt.Sprintf("%s[%d]", path, i), element)
		}
	default:
		to[path] = json.RawMessage(brief(v))
	}
}

func sortedKeys(a, b map[string]json.RawMessage) []string {
	names := slices.AppendSeq(slices.Collect(maps.Keys(a)), maps.Keys(b))
	slices.Sort(names)
	return slices.Compact(names)
}

// describe tells edits in one line.
func describe(edits []Edit) string {
	var all []string
	for _, e := range edits {
		all = append(all, fmt.Sprintf("%s %s → %s", e.Path, e.Was, e.Is))
	}
	return strings.Join(all, "; ")
}
