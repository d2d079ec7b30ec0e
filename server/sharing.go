package server

import (
	"context"
	"sync/atomic"

	"aisle/store"
)

// sharing is the part of an answer that others have, too: one at most. Where it is not in memory it is made, by loaders
// of its own, and shared unless somebody looked at who asks.
type sharing struct {
	server *Server
	wanted *wanted

	taken atomic.Bool
	key   answerKey
	known *keptPart // from memory
	made  []byte    // else
	reads *store.Reads
}

// hole is the place in an answer where a part goes.
type hole struct {
	at  int // bytes
	key answerKey
}

// newSharing lets a part of an answer be shared; nil where that is not wanted.
func (s *Server) newSharing(w *wanted) *sharing {
	if s.config.Kept.Impersonal == nil {
		return nil
	}
	return &sharing{server: s, wanted: w}
}

// Share returns the part at a path from memory, or makes it.
func (h *sharing) Share(ctx context.Context, path string, produce func(context.Context) []byte) []byte {
	if !h.taken.CompareAndSwap(false, true) {
		return produce(ctx)
	}
	w := h.wanted
	h.key = w.keyOf([]byte("part"), []byte(path), w.viewer.StoreID.UUID[:])
	if known, ok := h.server.recallPart(w, h.key); ok {
		h.known = known
		return known.body
	}
	apart, reads := store.WithReads(ctx)
	apart, looked := h.server.config.Kept.Impersonal(apart)
	body := produce(apart)
	if looked.Yes() {
		store.ReadsOf(ctx).Add(reads)
		return body
	}
	h.made, h.reads = body, reads
	return body
}

// origin is who made the most of an answer that is not from memory as a whole.
func (h *sharing) origin() string {
	if h != nil && h.known != nil {
		return "shared"
	}
	return "made"
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
	return &keptPart{b, h.made, nil}, ok
}
