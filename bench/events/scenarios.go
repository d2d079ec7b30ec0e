package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"
)

// fewResult is the result of the small scenario.
type fewResult struct {
	fixtures      fixtures
	statements    int // for the sequential events
	events        int // of the load
	rate          float64
	latencies     []time.Duration // from commit to receipt
	responseTimes []time.Duration // response times of the mutations
}

// measureFew runs the small scenario: statements for single events, then throughput and latency under load.
func (s *run) measureFew(ctx context.Context) (m fewResult, err error) {
	err = s.withNode(ctx, func(ctx context.Context, n *node) error {
		if m.fixtures, err = n.signInAll(ctx); err != nil {
			return err
		}
		f, err := n.subscribe(ctx, m.fixtures.storeSubscriptions, s.options.Few, 1)
		if err != nil {
			return err
		}
		m.statements, err = s.sendSequentially(ctx, n, m.fixtures, f)
		f.close()
		if err != nil {
			return err
		}
		return s.sendLoad(ctx, n, &m)
	})
	return m, err
}

// sendLoad sends mutations at a fixed rate, without waiting for responses. Each subscriber has a socket of its own.
func (s *run) sendLoad(ctx context.Context, n *node, m *fewResult) error {
	o := s.options
	f, err := n.subscribe(ctx, m.fixtures.regionSubscriptions, o.Few, 1)
	if err != nil {
		return err
	}
	defer f.close()
	every := time.Second * time.Duration(o.Rows) / time.Duration(o.Rate)
	mutations := int(o.For / every)
	m.events = mutations * o.Rows
	m.responseTimes = make([]time.Duration, mutations)
	began := time.Now()
	group, sending := errgroup.WithContext(ctx)
	group.Go(func() error { return s.profileCPU(sending, n) })
	for i := range mutations {
		select {
		case <-time.After(time.Until(began.Add(time.Duration(i) * every))):
		case <-sending.Done():
		}
		at := m.fixtures.region[i%len(m.fixtures.region)]
		group.Go(func() error {
			sent := time.Now()
			err := m.fixtures.record(sending, n, at, o.Rows)
			m.responseTimes[i] = time.Since(sent)
			return err
		})
	}
	if err := errors.Join(group.Wait(), f.wait(ctx, m.events)); err != nil {
		return fmt.Errorf("load: %w", err)
	}
	f.close()
	slices.Sort(m.responseTimes)
	var took time.Duration
	m.latencies, took, err = s.latencies(ctx, f, m.events)
	m.rate = float64(m.events) / (took + every).Seconds()
	return err
}

// manyResult is the result of a large scenario.
type manyResult struct {
	sockets       int
	before, after memory
	statements    int
	latencies     []time.Duration
}

// measureMany runs a large scenario. It measures the memory after the subscribers have received events, because waiting
// subscribers use less.
func (s *run) measureMany(ctx context.Context, c fixtures, perSocket int) (m manyResult, err error) {
	err = s.withNode(ctx, func(ctx context.Context, n *node) error {
		if m.before, err = n.memory(ctx); err != nil {
			return err
		}
		f, err := n.subscribe(ctx, c.storeSubscriptions, s.options.Many, perSocket)
		if err != nil {
			return err
		}
		defer f.close()
		m.sockets = len(f.sockets)
		if m.statements, err = s.sendSequentially(ctx, n, c, f); err != nil {
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

// sendSequentially makes events one after the other, each when all subscribers have received the one before. It returns the
// number of SQL statements that PostgreSQL ran meanwhile.
func (s *run) sendSequentially(ctx context.Context, n *node, c fixtures, f *subscribers) (statements int, err error) {
	before, err := s.statements(ctx)
	if err != nil {
		return 0, err
	}
	const pace = 500 * time.Millisecond // the same in all scenarios, because the server also polls by the clock
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

// latencies returns the sorted times from commit to receipt, and the time from the first to the last commit. It returns an
// error unless all subscribers received the same events in order, each once.
func (s *run) latencies(ctx context.Context, f *subscribers, events int) (sorted []time.Duration, took time.Duration, err error) {
	first := f.list[0].deliveries
	xids := make([]int64, len(first))
	for i, r := range first {
		xids[i] = r.position.XID
	}
	slices.Sort(xids)
	commits, err := s.commits(ctx, slices.Compact(xids))
	if err != nil {
		return nil, 0, err
	}
	for _, s := range f.list {
		same := slices.EqualFunc(s.deliveries, first, func(a, b delivery) bool { return a.position == b.position })
		if !same || len(first) != events || !slices.IsSortedFunc(first, func(a, b delivery) int { return a.position.Compare(b.position) }) {
			return nil, 0, errors.New("not all subscribers received the same events in order")
		}
		for _, r := range s.deliveries {
			sorted = append(sorted, r.at.Sub(commits[r.position.XID]))
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
