package rank

import (
	"sync"
	"time"

	"clamor"
)

// memory keeps lists, each computed by one caller for all who want it.
type memory struct {
	mu     sync.Mutex
	there  map[wanted]*pending
	coming map[wanted]*pending
	last   lastBasis
}

// lastBasis is the evidence that was ranked last.
type lastBasis struct {
	revision int64
	quarter  clamor.Quarter
	asOf     clamor.Date
	basis    *Basis
}

// wanted names a list. It depends on the day on which it is asked for.
type wanted struct {
	query Query // without the revision that it must hold
	today clamor.Date
}

// pending is a list that is there, or being computed.
type pending struct {
	revision int64         // of the store, which it holds at least
	done     chan struct{} // closed when list and err are there
	list     clamor.List
	err      error
	next     chan struct{} // closed when a later one takes its place
	at       time.Time     // when its computation began
	took     time.Duration
	size     int       // its entries and parts
	asked    time.Time // when somebody last wanted it
}

// maxRemembered bounds the memory's entries and parts, all lists together: some 150 bytes each.
const maxRemembered = 6_000_000

// find gives the list that is there, nil if there is none.
func (m *memory) find(want wanted, now time.Time) *pending {
	m.mu.Lock()
	defer m.mu.Unlock()
	p := m.there[want]
	if p != nil {
		p.asked = now
	}
	return p
}

// claim finds the list that is being computed, or makes its place for the caller to compute it.
func (m *memory) claim(want wanted, revision int64, now time.Time) (p *pending, mine bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if p = m.coming[want]; p != nil {
		return p, false
	}
	if m.coming == nil {
		m.there, m.coming = make(map[wanted]*pending), make(map[wanted]*pending)
	}
	p = &pending{revision: revision, done: make(chan struct{}), next: make(chan struct{}), at: now, asked: now}
	m.coming[want] = p
	return p, true
}

// settle lets everybody have the list; a failure is not remembered. Where the lists grow too large together, those that nobody wanted for
// longest are forgotten; the newest stays, whatever its size.
func (m *memory) settle(want wanted, p *pending, now time.Time) {
	defer close(p.done)
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.coming, want)
	if p.err != nil {
		return
	}
	p.took, p.size = now.Sub(p.at), len(p.list.Entries)+1
	for i := range p.list.Entries {
		p.size += len(p.list.Entries[i].Parts)
	}
	if old := m.there[want]; old != nil {
		p.asked = old.asked
		close(old.next)
	}
	m.there[want] = p
	m.forget(p)
}

// forget makes room, but keeps one list.
func (m *memory) forget(but *pending) {
	for {
		size, oldest := 0, wanted{}
		var least *pending
		for want, p := range m.there {
			size += p.size
			if p != but && (least == nil || p.asked.Before(least.asked)) {
				oldest, least = want, p
			}
		}
		if size <= maxRemembered || least == nil {
			return
		}
		delete(m.there, oldest)
	}
}

// behind gives the lists that somebody wanted since a time and that hold less than a revision; those of other days are forgotten.
func (m *memory) behind(revision int64, today clamor.Date, since time.Time) []wanted {
	m.mu.Lock()
	defer m.mu.Unlock()
	var all []wanted
	for want, p := range m.there {
		switch {
		case want.today != today:
			delete(m.there, want)
		case p.revision < revision && !p.asked.Before(since):
			all = append(all, want)
		}
	}
	return all
}

// basis is nil where another one was ranked last.
func (m *memory) basis(want lastBasis) *Basis {
	m.mu.Lock()
	defer m.mu.Unlock()
	want.basis = m.last.basis
	if want != m.last {
		return nil
	}
	return m.last.basis
}

func (m *memory) keepBasis(b lastBasis) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.last = b
}
