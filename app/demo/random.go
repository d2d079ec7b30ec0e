package demo

import (
	"encoding/binary"
	"math/rand/v2"
	"time"

	"github.com/google/uuid"
)

// random is a random stream. It is the same for the same seed and stream number.
type random struct{ *rand.Rand }

func newRandom(seed, stream uint64) random {
	return random{rand.New(rand.NewPCG(seed, stream))} //nolint:gosec // a demo must be reproducible
}

// id returns a UUIDv7 with the timestamp, so that IDs sort by creation.
func (r random) id(at time.Time) uuid.UUID {
	var id uuid.UUID
	binary.BigEndian.PutUint64(id[:], uint64(at.UnixMilli())<<16|r.Uint64()>>48)
	binary.BigEndian.PutUint64(id[8:], r.Uint64())
	id[6] = id[6]&0x0f | 0x70 // version 7
	id[8] = id[8]&0x3f | 0x80 // variant of RFC 9562
	return id
}

// chance returns true with a probability.
func (r random) chance(p float64) bool { return r.Float64() < p }

// between returns a number from low to high, inclusive.
func (r random) between(low, high int) int { return low + r.IntN(high-low+1) }

// duration returns whole seconds from low to high.
func (r random) duration(low, high time.Duration) time.Duration {
	if high <= low {
		return low
	}
	return (low + time.Duration(r.Int64N(int64(high-low)))).Truncate(time.Second)
}

// timeAfter returns a time after from, by less than limit and not after to.
func (r random) timeAfter(from, to time.Time, limit time.Duration) time.Time {
	return from.Add(r.duration(0, min(limit, to.Sub(from))))
}

// pick returns a random element of a list, which must not be empty.
func pick[T any](r random, list []T) T { return list[r.IntN(len(list))] }

// pickWeighted returns a random index, with the probabilities of the weights. At least one weight must be positive.
func (r random) pickWeighted(weights ...int) int {
	sum := 0
	for _, w := range weights {
		sum += w
	}
	left := r.IntN(sum)
	for i, w := range weights {
		if left < w {
			return i
		}
		left -= w
	}
	return len(weights) - 1
}

// nullUUID returns a valid NullUUID.
func nullUUID(id uuid.UUID) uuid.NullUUID { return uuid.NullUUID{UUID: id, Valid: true} }
