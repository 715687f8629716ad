package ingest_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"clamor"
)

// memory is a store that forgets: enough of the real one to see what ingest asks of it.
type memory struct {
	mu         sync.Mutex
	sources    map[string]clamor.Source
	deliveries []clamor.Delivery
	notes      map[string]clamor.Intake // by source and external id
	versions   []string                 // the texts in the order in which they were taken in
	accounts   map[string]clamor.AccountFacts
	deals      map[string]clamor.DealFacts
	refuse     func(clamor.Intake) error
	columns    map[string]map[string]string // by source and kind
	reached    map[string]int               // rows by file
	down       error
	clock      func() time.Time
}

func newMemory() *memory {
	return &memory{
		sources:  map[string]clamor.Source{"crm": {Name: "crm", Kind: "generic", Secret: "s3cret", On: true}},
		notes:    map[string]clamor.Intake{},
		accounts: map[string]clamor.AccountFacts{},
		deals:    map[string]clamor.DealFacts{},
		clock:    noon,
	}
}

func (m *memory) PendingDeliveries(_ context.Context, limit int) ([]clamor.Delivery, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var pending []clamor.Delivery
	for _, d := range m.deliveries {
		if d.Pending() && !d.RetryAt.After(m.clock()) && len(pending) < limit {
			pending = append(pending, d)
		}
	}
	return pending, nil
}

func (m *memory) FindSource(_ context.Context, name string) (clamor.Source, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.down != nil {
		return clamor.Source{}, m.down
	}
	source, ok := m.sources[name]
	if !ok {
		return source, clamor.Errorf(clamor.NotFound, "there is no source %q", name)
	}
	return source, nil
}

func (m *memory) TakeIn(_ context.Context, d clamor.Delivery, h clamor.Harvest) (clamor.Tally, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var tally clamor.Tally
	if m.down != nil {
		return tally, m.down
	}
	for _, in := range h.Notes {
		if m.refuse != nil {
			if err := m.refuse(in); err != nil {
				return clamor.Tally{}, err
			}
		}
	}
	for _, in := range h.Notes {
		m.put(in)
		tally.NotesAdded++
	}
	for i := range m.deliveries {
		if m.deliveries[i].ID == d.ID {
			m.deliveries[i] = d
		}
	}
	return tally, nil
}

func (m *memory) AddDelivery(_ context.Context, d clamor.Delivery) (clamor.DeliveryID, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, known := range m.deliveries {
		if known.ID == d.ID {
			return d.ID, true, nil
		}
	}
	m.deliveries = append(m.deliveries, d)
	return d.ID, false, nil
}

func (m *memory) put(in clamor.Intake) clamor.Outcome {
	key := in.Note.Source + "/" + in.Note.ExternalID
	before, known := m.notes[key]
	if known && before.Note.Text == in.Note.Text {
		return clamor.Unchanged
	}
	m.notes[key] = in
	m.versions = append(m.versions, in.Note.Text)
	if known {
		return clamor.Changed
	}
	return clamor.Added
}

func (m *memory) PutNotes(_ context.Context, intakes []clamor.Intake, dryRun bool) ([]clamor.RowResult, error) {
	var results []clamor.RowResult
	for _, in := range intakes {
		outcome := clamor.Added
		if !dryRun {
			outcome = m.put(in)
		}
		results = append(results, clamor.RowResult{Outcome: outcome})
	}
	return results, nil
}

func (m *memory) PutAccounts(_ context.Context, facts []clamor.AccountFacts, _ string, dryRun bool) ([]clamor.RowResult, error) {
	var results []clamor.RowResult
	for _, f := range facts {
		key := strings.Join([]string{f.Name, fmt.Sprint(f.Domains), fmt.Sprint(f.ExternalIDs)}, "|")
		_, known := m.accounts[key]
		if !dryRun {
			m.accounts[key] = f
		}
		outcome := clamor.Added
		if known {
			outcome = clamor.Unchanged
		}
		results = append(results, clamor.RowResult{Outcome: outcome})
	}
	return results, nil
}

func (m *memory) PutDeals(_ context.Context, facts []clamor.DealFacts, _ string, dryRun bool) ([]clamor.RowResult, error) {
	var results []clamor.RowResult
	for _, f := range facts {
		if !dryRun {
			m.deals[f.System+":"+f.ExternalID] = f
		}
		results = append(results, clamor.RowResult{Outcome: clamor.Added})
	}
	return results, nil
}

func (m *memory) texts() []string {
	var texts []string
	for _, key := range slices.Sorted(maps.Keys(m.notes)) {
		texts = append(texts, m.notes[key].Note.Text)
	}
	return texts
}

func (m *memory) ImportMap(_ context.Context, source, kind string) (map[string]string, error) {
	return m.columns[source+"/"+kind], nil
}

func (m *memory) PutImportMap(_ context.Context, source, kind string, mapping map[string]string) error {
	if m.columns == nil {
		m.columns = map[string]map[string]string{}
	}
	m.columns[source+"/"+kind] = mapping
	return nil
}

func (m *memory) ImportMark(_ context.Context, file string) (int, error) { return m.reached[file], nil }

func (m *memory) PutImportMark(_ context.Context, file string, rows int) error {
	if m.reached == nil {
		m.reached = map[string]int{}
	}
	if m.reached[file] = rows; rows == 0 {
		delete(m.reached, file)
	}
	return nil
}
