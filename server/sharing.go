package server

import (
	"context"
	"slices"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"aisle/graph"
	"aisle/store"
	"aisle/telemetry"
)

// sharing is the part of an answer that others have, too: one at most. Where it is not in memory it is made once for all who wait
// for it, by loaders of its own, and shared unless somebody looked at who asks.
type sharing struct {
	server *Server
	wanted *wanted

	taken  atomic.Bool
	key    answerKey
	known  *keptPart // from memory, or from who made it meanwhile
	made   []byte    // else
	reads  *store.DependencyRecorder
	rows   *graph.Rows // of what was made
	making *making     // for which others wait; nil for none
}

// hole is the place in an answer where a part goes.
type hole struct {
	at  int // bytes
	key answerKey
}

// newSharing lets a part of an answer be shared; nil where that is not wanted. It must be ended.
func (s *Server) newSharing(w *wanted) *sharing {
	if s.config.Kept.Impersonal == nil {
		return nil
	}
	return &sharing{server: s, wanted: w}
}

// Render returns the part at a path from memory, or makes it.
func (h *sharing) Render(ctx context.Context, path string, produce func(context.Context) []byte) []byte {
	if !h.taken.CompareAndSwap(false, true) {
		return produce(ctx)
	}
	w := h.wanted
	h.key = w.keyOf([]byte("part"), []byte(path), w.viewer.StoreID.UUID[:])
	if h.known = h.find(ctx); h.known != nil {
		return h.known.body
	}
	apart, reads := store.WithDependencyRecorder(ctx)
	h.reads = reads
	apart, looked := h.server.config.Kept.Impersonal(apart)
	before := h.before()
	h.rows = graph.NewRows(before.rows, before.body, h.server.config.Kept.Together)
	body := produce(graph.WithRows(apart, h.rows))
	if h.rows.Reused() { // what they were read from was not read again
		before.noteIn(reads)
	}
	if looked.Accessed() {
		store.DependencyRecorderFrom(ctx).Merge(reads)
		h.end(ctx) // nobody need wait for the rest
		return body
	}
	h.made = body
	return body
}

// before is the part as it was, if its rows are as they were unless their versions say otherwise; else it is empty.
func (h *sharing) before() *keptPart {
	s, w := h.server, h.wanted
	before, ok := s.answers.GetIfPresent(h.key)
	// Stores end theirs at different times, and before what is made could not be kept any more.
	soon := s.config.Now().Add(keptAtLeast + time.Duration(h.key[0])*time.Minute/256) //nolint:mnd // the values of a byte
	if !ok || before.until <= soon.UnixMilli() || before.besides != s.besides(w, before.modules) {
		return &keptPart{}
	}
	return before
}

// versioned is the module whose rows say by their versions whether they changed: see graph.Rows.
const versioned = "tasks"

// besides is the revision of what rows show besides themselves: of the other modules, and of what their own has for the chain.
func (s *Server) besides(w *wanted, modules []string) store.Position {
	others := slices.DeleteFunc(slices.Clone(modules), func(module string) bool { return module == versioned })
	besides, ofChain := s.config.Kept.Revision(others, w.stores), s.config.Kept.Revision([]string{versioned}, []uuid.UUID{})
	if besides.Before(ofChain) {
		return ofChain
	}
	return besides
}

// find is the part from memory, or from who is making it; nil where it is to be made. What is made by who began before something
// happened is for nobody who began after it.
func (h *sharing) find(ctx context.Context) *keptPart {
	s, w := h.server, h.wanted
	ctx, cancel := s.mayWait(ctx)
	defer cancel()
	for {
		making, first := s.makings.begin(h.key)
		known, ok := s.recallPart(w, h.key)
		switch {
		case first && ok: // it was made between a look into memory and this one
			s.makings.end(h.key, making)
			return known
		case ok:
			return known
		case first:
			h.making = making
			return nil
		case !making.wait(ctx):
			return nil
		case making.part != nil && s.stands(w, making.part):
			return making.part
		case making.alone || w.begun.Before(s.config.Kept.Revision(making.modules, w.stores)): // what this one makes is for nobody else
			return nil
		}
	}
}

// mayWait bounds how long to wait for what others make: who waits in vain has the other half of the time to make it.
func (s *Server) mayWait(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, s.config.Limits.Request/2) //nolint:mnd // a half
}

// awaitPart is a part that somebody else makes now; ok is false where nobody does, or not for this one.
func (s *Server) awaitPart(ctx context.Context, w *wanted, key answerKey) (part *keptPart, ok bool) {
	making := s.makings.now(key)
	if making == nil {
		return s.recallPart(w, key) // it may have been made between a look into memory and this one
	}
	ctx, cancel := s.mayWait(ctx)
	defer cancel()
	if !making.wait(ctx) || making.part == nil || !s.stands(w, making.part) {
		return nil, false
	}
	return making.part, true
}

// share gives the part to who waits for it, and to memory.
func (h *sharing) share(part *keptPart) {
	h.server.answers.Set(h.key, part)
	if h.making != nil {
		h.making.part = part
	}
}

// end lets go who waits. Who was cancelled, or was late, made nothing for them: another may.
func (h *sharing) end(ctx context.Context) {
	if h == nil || h.making == nil {
		return
	}
	s, w, m := h.server, h.wanted, h.making
	if h.reads != nil {
		m.modules, _ = h.reads.Snapshot()
	}
	m.alone = m.part == nil && ctx.Err() == nil && !w.begun.Before(s.config.Kept.Revision(m.modules, w.stores))
	s.makings.end(h.key, m)
	h.making = nil
}

// origin is who made the most of an answer that is not from memory as a whole.
func (h *sharing) origin() telemetry.CacheResult {
	switch {
	case h != nil && h.known != nil:
		return telemetry.CacheFragmentHit
	case h != nil && h.rows != nil && h.rows.Reused():
		return telemetry.CachePartial
	default:
		return telemetry.CacheMiss
	}
}

// sharedPart is the part that an answer has in common with others; nil for none. ok is false when it cannot be kept.
func (s *Server) sharedPart(w *wanted) (part *keptPart, ok bool) {
	h := w.shared
	if h == nil {
		return nil, true
	}
	if h.made == nil { // it was known, or there is none
		return h.known, true
	}
	b, ok := s.basisOf(w, h.reads)
	return &keptPart{basis: b, body: h.made, rows: h.rows.Made(), besides: s.besides(w, b.modules)}, ok
}
