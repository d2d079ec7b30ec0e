package cache

import "aisle/store"

// lastChanges remembers the position of the last change of each of the most recently changed keys. All other keys changed
// last at the floor, or before.
type lastChanges[K comparable] struct {
	maxKeys   int
	floor     store.Position
	positions map[K]store.Position
	order     []change[K] // the oldest first, from head on
	head      int
}

type change[K comparable] struct {
	key K
	at  store.Position
}

func newLastChanges[K comparable](maxKeys int) lastChanges[K] {
	return lastChanges[K]{maxKeys: maxKeys, positions: map[K]store.Position{}}
}

// reset says that any key may have changed at the floor.
func (l *lastChanges[K]) reset(floor store.Position) {
	l.floor, l.order, l.head = floor, nil, 0
	clear(l.positions)
}

// add adds a change, which is behind all others. If there are too many keys, the oldest is forgotten, and the floor rises to
// its position.
func (l *lastChanges[K]) add(key K, at store.Position) {
	l.positions[key] = at
	l.order = append(l.order, change[K]{key, at})
	if len(l.order)-l.head <= l.maxKeys {
		return
	}
	oldest := l.order[l.head]
	l.head++
	if l.positions[oldest.key] == oldest.at {
		delete(l.positions, oldest.key)
		l.floor = oldest.at
	}
	if l.head > l.maxKeys {
		l.order, l.head = append([]change[K]{}, l.order[l.head:]...), 0
	}
}

// last returns a position that is not before the key's last change.
func (l *lastChanges[K]) last(key K) store.Position {
	if at, ok := l.positions[key]; ok {
		return at
	}
	return l.floor
}
