package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"
)

// few is what was measured with few who follow.
type few struct {
	cast       cast
	statements int // for the events that came one by one
	events     int // of the flood
	rate       float64
	latencies  []time.Duration // from the commit
	answers    []time.Duration // that the flood's mutations waited for
}

// withFew measures with few who follow.
func (s *run) withFew(ctx context.Context) (m few, err error) {
	err = s.withNode(ctx, func(ctx context.Context, n *node) error {
		if m.cast, err = n.audition(ctx); err != nil {
			return err
		}
		f, err := n.follow(ctx, m.cast.store1, s.options.Few, 1)
		if err != nil {
			return err
		}
		m.statements, err = s.oneByOne(ctx, n, m.cast, f)
		f.close()
		if err != nil {
			return err
		}
		return s.flood(ctx, n, &m)
	})
	return m, err
}

// flood sends mutations in time, whether those before have been answered or not. A socket has one who follows.
func (s *run) flood(ctx context.Context, n *node, m *few) error {
	o := s.options
	f, err := n.follow(ctx, m.cast.region1, o.Few, 1)
	if err != nil {
		return err
	}
	defer f.close()
	every := time.Second * time.Duration(o.Rows) / time.Duration(o.Rate)
	mutations := int(o.For / every)
	m.events = mutations * o.Rows
	m.answers = make([]time.Duration, mutations)
	began := time.Now()
	group, sending := errgroup.WithContext(ctx)
	group.Go(func() error { return s.profileCPU(sending, n) })
	for i := range mutations {
		select {
		case <-time.After(time.Until(began.Add(time.Duration(i) * every))):
		case <-sending.Done():
		}
		at := m.cast.region[i%len(m.cast.region)]
		group.Go(func() error {
			sent := time.Now()
			err := m.cast.record(sending, n, at, o.Rows)
			m.answers[i] = time.Since(sent)
			return err
		})
	}
	if err := errors.Join(group.Wait(), f.wait(ctx, m.events)); err != nil {
		return fmt.Errorf("flood: %w", err)
	}
	f.close()
	slices.Sort(m.answers)
	var took time.Duration
	m.latencies, took, err = s.latencies(ctx, f, m.events)
	m.rate = float64(m.events) / (took + every).Seconds()
	return err
}

// many is what was measured with many who follow.
type many struct {
	sockets       int
	before, after memory
	statements    int
	latencies     []time.Duration
}

// withMany measures with many who follow. The memory is what they take when they have got events, not when they have
// only waited for them.
func (s *run) withMany(ctx context.Context, c cast, perSocket int) (m many, err error) {
	err = s.withNode(ctx, func(ctx context.Context, n *node) error {
		if m.before, err = n.memory(ctx); err != nil {
			return err
		}
		f, err := n.follow(ctx, c.store1, s.options.Many, perSocket)
		if err != nil {
			return err
		}
		defer f.close()
		m.sockets = len(f.sockets)
		if m.statements, err = s.oneByOne(ctx, n, c, f); err != nil {
			return err
		}
		if m.after, err = n.memory(ctx); err != nil {
			return err
		}
		if err := s.profileMemory(ctx, n, perSocket); err != nil {
			return err
		}
		f.close()
		m.latencies, _, err = s.latencies(ctx, f, s.options.Single)
		return err
	})
	return m, err
}

// oneByOne makes events that all who follow get, each when the one before has reached them all, and counts the statements
// that PostgreSQL runs meanwhile.
func (s *run) oneByOne(ctx context.Context, n *node, c cast, f *fleet) (statements int, err error) {
	before, err := s.statements(ctx)
	if err != nil {
		return 0, err
	}
	const pace = 500 * time.Millisecond // the same for few and many: the server looks for events by the clock, too
	tick := time.NewTicker(pace)
	defer tick.Stop()
	for i := range s.options.Single {
		if err := c.record(ctx, n, c.store, 1); err != nil {
			return 0, err
		}
		if err := f.wait(ctx, i+1); err != nil {
			return 0, err
		}
		<-tick.C
	}
	after, err := s.statements(ctx)
	return after - before, err
}

// latencies are how long events took from their commit to those who follow, sorted, and how long the commits took from
// the first to the last. All must have got the same events, in order, each once.
func (s *run) latencies(ctx context.Context, f *fleet, events int) (sorted []time.Duration, took time.Duration, err error) {
	first := f.followers[0].receipts
	xids := make([]int64, len(first))
	for i, r := range first {
		xids[i] = r.of.XID
	}
	slices.Sort(xids)
	commits, err := s.commits(ctx, slices.Compact(xids))
	if err != nil {
		return nil, 0, err
	}
	for _, who := range f.followers {
		same := slices.EqualFunc(who.receipts, first, func(a, b receipt) bool { return a.of == b.of })
		if !same || len(first) != events || !slices.IsSortedFunc(first, func(a, b receipt) int { return a.of.Compare(b.of) }) {
			return nil, 0, errors.New("not all who follow got the same events in order")
		}
		for _, r := range who.receipts {
			sorted = append(sorted, r.at.Sub(commits[r.of.XID]))
		}
	}
	slices.Sort(sorted)
	var begin, end time.Time
	for _, at := range commits {
		if begin.IsZero() || at.Before(begin) {
			begin = at
		}
		if at.After(end) {
			end = at
		}
	}
	return sorted, end.Sub(begin), nil
}
