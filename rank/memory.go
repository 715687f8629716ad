package rank

import (
	"sync"

	"clamor"
)

// memory keeps the lists of one revision of the store, each computed by one caller for all who want it.
type memory struct {
	mu       sync.Mutex
	revision int64
	lists    map[wanted]*pending
	size     int // of the lists that are there
	last     lastBasis
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
	query Query
	today clamor.Date
}

// pending is a list that is there, or being computed.
type pending struct {
	done chan struct{} // closed when list and err are there
	list clamor.List
	err  error
}

// maxRemembered bounds the memory's entries and parts, all lists together: some 150 bytes each.
const maxRemembered = 1_000_000

// claim finds the list, or makes its place for the caller to compute it.
func (m *memory) claim(revision int64, want wanted) (p *pending, mine bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if revision > m.revision || m.lists == nil {
		m.revision, m.last = max(revision, m.revision), lastBasis{}
		m.forget()
	}
	if p = m.lists[want]; p != nil {
		return p, false
	}
	p = &pending{done: make(chan struct{})}
	m.lists[want] = p
	return p, true
}

func (m *memory) forget() {
	m.lists, m.size = make(map[wanted]*pending), 0
}

// settle lets everybody have the list; a failure is not remembered. Where the lists grow too large together, the older ones
// are forgotten; the newest stays, whatever its size.
func (m *memory) settle(want wanted, p *pending) {
	defer close(p.done)
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.lists[want] != p { // forgotten while it was computed
		return
	}
	if p.err != nil {
		delete(m.lists, want)
		return
	}
	size := len(p.list.Entries) + 1
	for i := range p.list.Entries {
		size += len(p.list.Entries[i].Parts)
	}
	if m.size+size > maxRemembered {
		m.forget()
		m.lists[want] = p
	}
	m.size += size
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
