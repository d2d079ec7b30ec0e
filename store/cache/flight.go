package cache

import (
	"encoding/json"

	"aisle/store"
)

// A flight is the fetch of one key, which all concurrent callers share.
//
// singleflight does not fit: a caller fetches all its missing keys in one statement, shares some of them with other callers,
// and an invalidated flight must not be joined.
type flight[V any] struct {
	done  chan struct{} // closed when value and err are set
	value V
	err   error
}

// A batch is the flights that one caller fetches together.
type batch[K comparable, V any] struct {
	keys    []K
	indexes []int // of the keys in the caller's keys
	flights []*flight[V]
	done    chan struct{}  // of all flights
	asOf    store.Position // the values show all changes up to it
	epoch   int
}

// A joinedFlight is the flight of another caller.
type joinedFlight[V any] struct {
	*flight[V]

	index int // of the key in the caller's keys
}

// A fetched value was read from Redis or from the database.
type fetched[V any] struct {
	value   V
	encoded json.RawMessage
	asOf    store.Position // it shows all changes up to it
	shared  bool           // it is from Redis
}

func (v fetched[V]) isAbsent() bool { return string(v.encoded) == "null" }

// size estimates the bytes of memory: a value takes no less than its JSON.
func (v fetched[V]) size() uint32 {
	const fixed = 256                       // the entry, its key, and their places in the tables
	return uint32(fixed + 2*len(v.encoded)) //nolint:gosec // far from 4 GiB
}
