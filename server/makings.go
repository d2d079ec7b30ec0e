package server

import (
	"context"
	"sync"
)

// makings are the parts that are being made now: who needs one of them waits for it. When something happens in a store all who
// work there ask at once.
type makings struct {
	mu sync.Mutex
	of map[answerKey]*making
}

// making is one of them. Its results are there when it is over.
type making struct {
	over    chan struct{} // closed then
	part    *keptPart     // what was made; nil for nothing that others may have
	modules []string      // that it was read from
	alone   bool          // nothing that others may have comes of it, whoever makes it
}

func newMakings() *makings { return &makings{of: map[answerKey]*making{}} }

// begin is the making of a part. Who is the first must end it.
func (m *makings) begin(key answerKey) (_ *making, first bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if known := m.of[key]; known != nil {
		return known, false
	}
	begun := &making{over: make(chan struct{})}
	m.of[key] = begun
	return begun, true
}

// now is the making of a part by somebody else; nil where nobody makes it.
func (m *makings) now(key answerKey) *making {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.of[key]
}

// end lets go who waits.
func (m *makings) end(key answerKey, ended *making) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.of, key)
	close(ended.over)
}

// wait reports whether it is over before ctx is.
func (m *making) wait(ctx context.Context) bool {
	select {
	case <-m.over:
		return true
	case <-ctx.Done():
		return false
	}
}
