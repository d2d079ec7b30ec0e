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
	all     []*replica
	primary questions // about the end of its transactions
	seen    sightings
	seed    maphash.Seed
	turn    atomic.Uint64 // of who reads for no viewer
	modules modulesOf
	// reads are the statements of Spread, by where they were sent.
	reads struct{ primary, replica atomic.Int64 }
}

// open makes their pools. It does not wait for them: everything works without.
func (s *replicas) open(ctx context.Context, urls []string, o Options) error {
	s.seed, s.primary = maphash.MakeSeed(), make(questions)
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

// ReplicaStates are the states of the replicas, in the order in which they were given.
func (p *Pool) ReplicaStates() []ReplicaState {
	states := make([]ReplicaState, 0, len(p.replicas.all))
	for _, r := range p.replicas.all {
		states = append(states, r.state())
	}
	return states
}

// RoutedReads counts the statements of Spread that were sent to the primary and to replicas, since the pool was opened.
func (p *Pool) RoutedReads() (primary, replica int64) {
	return p.replicas.reads.primary.Load(), p.replicas.reads.replica.Load()
}

// choose finds a replica for what a viewer reads, the viewer's own first: who stays with one replica never sees an older
// state than before. Who was answered elsewhere last needs one that shows all that the primary has now. It answers nil when
// none shows enough, else how long the replica may be read.
func (s *replicas) choose(ctx context.Context, viewer uuid.UUID, at Position) (*replica, *life) {
	first, n := s.turn.Add(1), uint64(len(s.all))
	if viewer != uuid.Nil {
		first = maphash.Bytes(s.seed, viewer[:])
	}
	ctx, cancel := context.WithTimeout(ctx, askPatience)
	defer cancel()
	for i := range n {
		r := s.all[(first+i)%n]
		before := at.XID + 1
		now, in := r.alive()
		if !in {
			continue
		}
		if !s.seen.stays(viewer, sighting{r, now}) {
			end, ok := s.primary.ask(ctx)
			if !ok {
				break
			}
			before = max(before, end)
		}
		if r.shows(ctx, now, before) {
			return r, now
		}
	}
	return nil, nil
}

// look asks the primary before which transaction all are that anybody can have seen there.
func look(ctx context.Context, primary DB) (end int64, err error) {
	ctx, cancel := context.WithTimeout(ctx, lookPatience)
	defer cancel()
	err = primary.QueryRow(ctx, "SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint").Scan(&end)
	return end, Wrap("end of the primary's transactions", err)
}
