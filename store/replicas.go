package store

import (
	"context"
	"fmt"
	"hash/maphash"
	"slices"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
)

// ReplicaState is what a node knows of a replica.
type ReplicaState struct {
	Name    string        // host:port
	Healthy bool          // it is in the rotation
	Lag     time.Duration // how long the oldest change that it does not show is known here; 0 when it shows all
	Reason  string        // why it is out of the rotation; empty when it is in it
}

// replicas are the servers that follow the primary. The zero value has none.
type replicas struct {
	all  []*replica
	seen *sightings
	seed maphash.Seed
	turn atomic.Uint64 // of who reads for no viewer

	modules modulesOf
	// reads are the statements of Spread, by where they were sent.
	reads struct{ primary, replica atomic.Int64 }
}

// open makes their pools. It does not wait for them: everything works without.
func (s *replicas) open(ctx context.Context, urls []string, o Options) error {
	s.seed, s.seen = maphash.MakeSeed(), newSightings()
	for i, url := range urls {
		r, err := openReplica(ctx, url, o)
		if err != nil {
			return fmt.Errorf("replica %d of %d: %w", i+1, len(urls), err)
		}
		s.all = append(s.all, r)
		if slices.ContainsFunc(s.all[:i], func(other *replica) bool { return other.name == r.name }) {
			return fmt.Errorf("replica %d of %d: %s is there twice", i+1, len(urls), r.name)
		}
	}
	return nil
}

func (s *replicas) close() {
	for _, r := range s.all {
		r.pool.Close()
	}
}

// Replicas are the states of the replicas, in the order in which they were given.
func (p *Pool) Replicas() []ReplicaState {
	states := make([]ReplicaState, 0, len(p.replicas.all))
	for _, r := range p.replicas.all {
		states = append(states, r.state())
	}
	return states
}

// SpreadReads counts the statements of Spread that were sent to the primary and to replicas, since the pool was opened.
func (p *Pool) SpreadReads() (primary, replica int64) {
	return p.replicas.reads.primary.Load(), p.replicas.reads.replica.Load()
}

// choose finds a replica for what a viewer reads, the viewer's own first: a viewer who stays with one replica never sees an
// older state than before. It answers nil when none shows enough, else how long the replica may be read.
func (s *replicas) choose(ctx context.Context, viewer uuid.UUID, at Position) (*replica, context.Context) {
	first := s.turn.Add(1)
	if viewer != uuid.Nil {
		first = maphash.Bytes(s.seed, viewer[:])
	}
	n := uint64(len(s.all))
	for i := range n {
		r := s.all[(first+i)%n]
		needed, ok := s.seen.needed(viewer, r)
		if !ok {
			continue
		}
		if life, ok := r.shows(ctx, max(needed, at.XID+1)); ok {
			return r, life
		}
	}
	return nil, nil
}

// look asks the primary for the end of its transactions, when somebody has to be shown no less than was read there.
func (s *replicas) look(ctx context.Context, primary DB) error {
	if !s.seen.turn() {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, lookPatience)
	defer cancel()
	var end int64
	if err := primary.QueryRow(ctx, "SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint").Scan(&end); err != nil {
		return Wrap("end of the primary's transactions", err)
	}
	reached := end
	for _, r := range s.all {
		reached = min(reached, r.shown.Load())
	}
	s.seen.turned(end, reached)
	return nil
}
