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

// load is a sequence of requests to a server, during which it is measured.
type load struct {
	addrs       []string // of the server's processes, which share the connections
	connections int
	next        source
	status      int           // expected status
	warm, last  time.Duration // durations before and of the measurement
	rate        float64       // requests per second, whether or not earlier ones were answered; 0 sends the next request after each response
}

// source appends the next request to b. It returns errNothingLeft to end the load.
type source func(r *rand.Rand, b []byte) ([]byte, error)

var (
	errNothingLeft = errors.New("no requests are left")
	errBehind      = errors.New("the server does not keep up with the rate")
)

// maxLag is how far a server may fall behind a fixed rate, and the time limit for the last responses.
const maxLag = 10 * time.Second

// measurement is the result of a load.
type measurement struct {
	responses int
	took      time.Duration
	latencies []time.Duration // sorted
	used      cpuUsage
}

// The phases of a load.
const (
	warming int32 = iota
	measuring
	ended
)

// worker sends requests on one connection.
type worker struct {
	*load

	conn      *httpConn
	random    *rand.Rand
	phase     *atomic.Int32
	turns     *atomic.Int64 // number of requests at a fixed rate
	end       func()        // ends the load early
	began     time.Time
	latencies []time.Duration
}

// run sends the load. Random choices are the same in each run.
func (l *load) run(ctx context.Context, m cpuMeter) (result measurement, err error) {
	ctx, cancel := context.WithTimeout(ctx, l.warm+l.last+2*maxLag)
	defer cancel()
	var phase atomic.Int32
	var turns atomic.Int64
	window, end := context.WithCancel(ctx)
	defer end()
	conns, closeConnections, err := l.dial(ctx)
	defer closeConnections()
	if err != nil {
		return result, err
	}
	workers := make([]*worker, len(conns))
	began := time.Now()
	for i, conn := range conns {
		workers[i] = &worker{
			load: l, conn: conn, phase: &phase, turns: &turns, end: end, began: began,
			random:    rand.New(rand.NewPCG(7, uint64(i))), //nolint:gosec // the same each time
			latencies: make([]time.Duration, 0, 1<<16),
		}
	}
	group, groupCtx := errgroup.WithContext(window)
	for _, c := range workers {
		group.Go(func() error { return c.run(groupCtx) })
	}
	sleepUntil(groupCtx, began.Add(l.warm))
	before, err := m.read()
	phase.Store(measuring)
	start := time.Now()
	sleepUntil(groupCtx, began.Add(l.warm+l.last))
	phase.Store(ended)
	var failed error
	if l.rate > 0 { // every request counts, however late its response
		failed = group.Wait()
	}
	result.took = time.Since(start)
	after, unread := m.read()
	if err := errors.Join(failed, group.Wait(), ctx.Err(), err, unread); err != nil {
		return result, err
	}
	for _, c := range workers {
		result.latencies = append(result.latencies, c.latencies...)
	}
	slices.Sort(result.latencies)
	result.responses, result.used = len(result.latencies), after.minus(before)
	switch {
	case result.responses == 0 && window.Err() != nil:
		return result, errNothingLeft
	case result.responses == 0:
		return result, errors.New("no response was received")
	}
	return result, nil
}

// dial opens all connections. The caller must call closeConnections, also after an error.
func (l *load) dial(ctx context.Context) (conns []*httpConn, closeConnections func(), err error) {
	closeConnections = func() {
		for _, conn := range conns {
			conn.close()
		}
	}
	for i := range l.connections {
		conn, err := dial(ctx, l.addrs[i%len(l.addrs)])
		if err != nil {
			return conns, closeConnections, err
		}
		conns = append(conns, conn)
	}
	return conns, closeConnections, nil
}

// sleepUntil waits until at, or until ctx ends.
func sleepUntil(ctx context.Context, at time.Time) {
	timer := time.NewTimer(time.Until(at))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// run sends requests until the load ends.
func (c *worker) run(ctx context.Context) error {
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
		got, err := c.conn.roundTrip(request)
		if err != nil {
			return err
		}
		if got.status != c.status || !isSuccess(got) {
			return fmt.Errorf("the response has status %d: %.500s", got.status, got.body)
		}
		if now := time.Now(); c.isMeasured(sent) {
			c.latencies = append(c.latencies, now.Sub(sent))
		}
	}
}

// turn waits until the next request is due and returns that time. It returns the zero time at the end of the load.
func (c *worker) turn(ctx context.Context) (at time.Time, err error) {
	at = time.Now()
	if c.rate > 0 {
		at = c.began.Add(time.Duration(float64(c.turns.Add(1)-1) / c.rate * float64(time.Second)))
		sleepUntil(ctx, at)
	}
	stop := ctx.Err() != nil || c.rate == 0 && c.phase.Load() == ended || c.rate > 0 && at.After(c.began.Add(c.warm+c.last))
	switch {
	case stop:
		return time.Time{}, nil
	case time.Since(at) > maxLag:
		return time.Time{}, errBehind
	default:
		return at, nil
	}
}

// isMeasured reports whether a response counts. At a fixed rate the time at which the request was due decides, so that a
// slow server cannot hide its delay.
func (c *worker) isMeasured(sent time.Time) bool {
	if c.rate == 0 {
		return c.phase.Load() == measuring
	}
	return sent.After(c.began.Add(c.warm))
}

// isSuccess reports whether a response has data and no errors. It looks only at the ends of the body, to leave the CPU to
// the server.
func isSuccess(a response) bool {
	const tail = 400
	if len(a.body) == 0 {
		return true
	}
	end := a.body[max(0, len(a.body)-tail):]
	begins := bytes.HasPrefix(a.body, []byte(`{"data":{`)) || bytes.HasPrefix(a.body, []byte(`{"data" : {`))
	return begins && !bytes.Contains(end, []byte(`"errors":`)) && !bytes.Contains(end, []byte(`"userErrors":[{`))
}

// percentile returns a percentile of sorted durations.
func percentile(sorted []time.Duration, part float64) time.Duration {
	return sorted[int(float64(len(sorted)-1)*part/100)]
}
