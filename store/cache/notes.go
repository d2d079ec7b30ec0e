package cache

import "aisle/store"

// notes remember when the values of keys changed last, of so many keys at most. Of the others they know that it was not
// behind the floor.
type notes[K comparable] struct {
	most  int
	floor store.Position
	last  map[K]store.Position
	order []change[K] // the oldest first; those before head are forgotten
	head  int
}

type change[K comparable] struct {
	key K
	at  store.Position
}

func newNotes[K comparable](most int) notes[K] {
	return notes[K]{most: most, last: map[K]store.Position{}}
}

// reset forgets all keys: any of them may have changed at the floor.
func (n *notes[K]) reset(floor store.Position) {
	n.floor, n.order, n.head = floor, nil, 0
	clear(n.last)
}

// note notes a change, which is behind all others. When there are too many the oldest is forgotten, and the floor rises to it.
func (n *notes[K]) note(key K, at store.Position) {
	n.last[key] = at
	n.order = append(n.order, change[K]{key, at})
	if len(n.order)-n.head <= n.most {
		return
	}
	oldest := n.order[n.head]
	n.head++
	if n.last[oldest.key] == oldest.at {
		delete(n.last, oldest.key)
		n.floor = oldest.at
	}
	if n.head > n.most {
		n.order, n.head = append([]change[K]{}, n.order[n.head:]...), 0
	}
}

// of is the position that a key's value must not be from before.
func (n *notes[K]) of(key K) store.Position {
	if at, ok := n.last[key]; ok {
		return at
	}
	return n.floor
}
