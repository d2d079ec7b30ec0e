package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

// load is what a server is asked for while it is measured.
type load struct {
	addrs       []string // of its processes, which get the connections by turns
	connections int
	next        source
	status      int           // that an answer has
	warm, last  time.Duration // how long it is asked before, and while, it is measured
	rate        float64       // requests a second, sent in time whether those before were answered or not; 0 is one after the other
}

// source appends the next request to b, or answers errNothingLeft: the load has ended.
type source func(r *rand.Rand, b []byte) ([]byte, error)

var (
	errNothingLeft = errors.New("there is nothing left to ask for")
	errBehind      = errors.New("it does not keep up")
)

// slack is how long a server may fall behind what it is sent in time, and be waited for at the end.
const slack = 10 * time.Second

// measured is how a server bore a load.
type measured struct {
	answers   int
	took      time.Duration
	latencies []time.Duration // sorted
	used      usage
}

// The phases of a load.
const (
	warming int32 = iota
	measuring
	ended
)

// caller is one connection of a load.
type caller struct {
	*load

	line      *line
	random    *rand.Rand
	phase     *atomic.Int32
	turns     *atomic.Int64 // of requests that are sent in time
	end       func()        // of the load, before its time
	began     time.Time
	latencies []time.Duration
}

// run asks the server. Random choices are the same each time.
func (l *load) run(ctx context.Context, m meter) (result measured, err error) {
	ctx, cancel := context.WithTimeout(ctx, l.warm+l.last+2*slack)
	defer cancel()
	var phase atomic.Int32
	var turns atomic.Int64
	window, end := context.WithCancel(ctx)
	defer end()
	lines, hangUp, err := l.dial(ctx)
	defer hangUp()
	if err != nil {
		return result, err
	}
	callers := make([]*caller, len(lines))
	began := time.Now()
	for i, line := range lines {
		callers[i] = &caller{
			load: l, line: line, phase: &phase, turns: &turns, end: end, began: began,
			random:    rand.New(rand.NewPCG(7, uint64(i))), //nolint:gosec // the same each time
			latencies: make([]time.Duration, 0, 1<<16),
		}
	}
	group, asking := errgroup.WithContext(window)
	for _, c := range callers {
		group.Go(func() error { return c.call(asking) })
	}
	pause(asking, began.Add(l.warm))
	before, err := m.read()
	phase.Store(measuring)
	start := time.Now()
	pause(asking, began.Add(l.warm+l.last))
	phase.Store(ended)
	var failed error
	if l.rate > 0 { // all that was to be sent counts, however long it takes
		failed = group.Wait()
	}
	result.took = time.Since(start)
	after, unread := m.read()
	if err := errors.Join(failed, group.Wait(), ctx.Err(), err, unread); err != nil {
		return result, err
	}
	for _, c := range callers {
		result.latencies = append(result.latencies, c.latencies...)
	}
	slices.Sort(result.latencies)
	result.answers, result.used = len(result.latencies), after.minus(before)
	switch {
	case result.answers == 0 && window.Err() != nil:
		return result, errNothingLeft
	case result.answers == 0:
		return result, errors.New("nothing was answered")
	}
	return result, nil
}

// dial opens all connections. Whatever happens, the caller hangs up.
func (l *load) dial(ctx context.Context) (lines []*line, hangUp func(), err error) {
	hangUp = func() {
		for _, line := range lines {
			line.close()
		}
	}
	for i := range l.connections {
		line, err := dial(ctx, l.addrs[i%len(l.addrs)])
		if err != nil {
			return lines, hangUp, err
		}
		lines = append(lines, line)
	}
	return lines, hangUp, nil
}

// pause waits for an instant, or until ctx ends.
func pause(ctx context.Context, at time.Time) {
	timer := time.NewTimer(time.Until(at))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// call asks until the load ends.
func (c *caller) call(ctx context.Context) error {
	var request []byte
	for {
		sent, err := c.turn(ctx)
		if err != nil || sent.IsZero() {
			return err
		}
		if request, err = c.next(c.random, request[:0]); errors.Is(err, errNothingLeft) {
			c.end()
			return nil
		} else if err != nil {
			return err
		}
		got, err := c.line.exchange(request)
		if err != nil {
			return err
		}
		if got.status != c.status || !good(got) {
			return fmt.Errorf("the server answered %d: %.500s", got.status, got.body)
		}
		if now := time.Now(); c.counts(sent) {
			c.latencies = append(c.latencies, now.Sub(sent))
		}
	}
}

// turn waits until the next request is to be sent, and says when that was: never, at the end of the load.
func (c *caller) turn(ctx context.Context) (at time.Time, err error) {
	at = time.Now()
	if c.rate > 0 {
		at = c.began.Add(time.Duration(float64(c.turns.Add(1)-1) / c.rate * float64(time.Second)))
		pause(ctx, at)
	}
	stop := ctx.Err() != nil || c.rate == 0 && c.phase.Load() == ended || c.rate > 0 && at.After(c.began.Add(c.warm+c.last))
	switch {
	case stop:
		return time.Time{}, nil
	case time.Since(at) > slack:
		return time.Time{}, errBehind
	default:
		return at, nil
	}
}

// counts says whether a request that was answered now is one of those that are measured: what is sent in time counts by when
// it was to be sent, so that a server which falls behind cannot hide it.
func (c *caller) counts(sent time.Time) bool {
	if c.rate == 0 {
		return c.phase.Load() == measuring
	}
	return sent.After(c.began.Add(c.warm))
}

// good says whether an answer has data and no errors. It looks only where these can be: reading it all would take the
// processor from who is measured.
func good(a answer) bool {
	const tail = 400
	if len(a.body) == 0 {
		return true
	}
	end := a.body[max(0, len(a.body)-tail):]
	begins := bytes.HasPrefix(a.body, []byte(`{"data":{`)) || bytes.HasPrefix(a.body, []byte(`{"data" : {`))
	return begins && !bytes.Contains(end, []byte(`"errors":`)) && !bytes.Contains(end, []byte(`"userErrors":[{`))
}

// percentile is of sorted durations.
func percentile(sorted []time.Duration, part float64) time.Duration {
	return sorted[int(float64(len(sorted)-1)*part/100)]
}
