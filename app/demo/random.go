package demo

import (
	"encoding/binary"
	"math/rand/v2"
	"time"

	"github.com/google/uuid"
)

// random is the source of chance of one piece of the chain. It says the same for the same seed and piece.
type random struct{ *rand.Rand }

func newRandom(seed, piece uint64) random {
	return random{rand.New(rand.NewPCG(seed, piece))} //nolint:gosec // a demo must be predictable
}

// id makes a UUIDv7 of the instant, so that ids sort as the rows were made.
func (r random) id(at time.Time) uuid.UUID {
	var id uuid.UUID
	binary.BigEndian.PutUint64(id[:], uint64(at.UnixMilli())<<16|r.Uint64()>>48)
	binary.BigEndian.PutUint64(id[8:], r.Uint64())
	id[6] = id[6]&0x0f | 0x70 // version 7
	id[8] = id[8]&0x3f | 0x80 // variant of RFC 9562
	return id
}

// chance is true so often of 1.
func (r random) chance(p float64) bool { return r.Float64() < p }

// between is a number from low to high, both included.
func (r random) between(low, high int) int { return low + r.IntN(high-low+1) }

// duration is a number of whole seconds from low to high.
func (r random) duration(low, high time.Duration) time.Duration {
	if high <= low {
		return low
	}
	return (low + time.Duration(r.Int64N(int64(high-low)))).Truncate(time.Second)
}

// after is an instant after from, but by less than most, and not after to.
func (r random) after(from, to time.Time, most time.Duration) time.Time {
	return from.Add(r.duration(0, min(most, to.Sub(from))))
}

// pick is one of a list that is not empty.
func pick[T any](r random, list []T) T { return list[r.IntN(len(list))] }

// choose is the index of one of the weights, a heavier one more often. At least one weight is above 0.
func (r random) choose(weights ...int) int {
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
