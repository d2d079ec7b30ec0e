package loaders

import (
	"context"

	"github.com/google/uuid"
)

// LoadEach returns a value for each parent, in their order. It also requests the keys of the parents' peers: the rows that
// were read together with them.
func LoadEach[P any, K comparable, V any](
	ctx context.Context, l *Loader[K, V], parents []*P, key func(*P) K,
) ([]V, error) {
	return loadEach(ctx, l, parents, func(p *P) (K, bool) { return key(p), true })
}

// LoadEachOptional is LoadEach for keys that may be null. The value of a null key is zero.
func LoadEachOptional[P, V any](
	ctx context.Context, l *Loader[uuid.UUID, V], parents []*P, key func(*P) uuid.NullUUID,
) ([]V, error) {
	return loadEach(ctx, l, parents, func(p *P) (uuid.UUID, bool) { k := key(p); return k.UUID, k.Valid })
}

func loadEach[P any, K comparable, V any](
	ctx context.Context, l *Loader[K, V], parents []*P, key func(*P) (K, bool),
) ([]V, error) {
	var current *P
	enqueuePeers := func() {
		for _, peer := range peersOf(l.peers, current) {
			if k, ok := key(peer); ok {
				l.enqueue(k)
			}
		}
		if k, ok := key(current); ok {
			l.enqueue(k)
		}
	}
	results := make([]*result[V], len(parents))
	l.mu.Lock()
	for i, parent := range parents {
		if k, ok := key(parent); ok {
			current = parent
			results[i] = l.request(ctx, k, enqueuePeers)
		}
	}
	l.mu.Unlock()
	return waitAll(results)
}
