package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"sync/atomic"
	"time"

	"aisle/bench/harness"
)

// Run measures, prints the results and writes the page.
func (c measureCommand) Run(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, maxDuration)
	defer cancel()
	found, err := c.measure(ctx, os.Stderr)
	if found != nil { // also after an error
		found.print(os.Stdout)
	}
	if err != nil || len(c.Only) > 0 {
		return err
	}
	return found.write(c.Results)
}

// peerKinds returns the peers in the order in which they are measured. Aisle and PostGraphile are measured twice,
// symmetrically around the middle, so that slow changes of the machine do not affect their ratio. Workloads that write come
// last, because their changes are undone only when the peer has ended.
func (c measureCommand) peerKinds() []peerKind {
	reads, all := []string{home, board, offered}, []string{home, board, offered, polling, complete}
	list := []peerKind{
		{postgraphile, startNode("postgraphile"), all},
		{aisle, startAisle(), []string{home, board, offered, revalidate, polling, complete}},
		{empty, startBaseline("--empty"), []string{revalidate}},
		{mercurius, startNode("mercurius"), all},
		{unbatched, startUnbatched(), reads},
		{singleStatement, startBaseline(), all},
		{aisle, startAisle(), all},
		{postgraphile, startNode("postgraphile"), all},
	}
	if c.GoOnly {
		list = slices.DeleteFunc(list, func(k peerKind) bool { return k.name == postgraphile || k.name == mercurius })
	}
	if len(c.Only) > 0 {
		for i := range list {
			list[i].workloads = slices.DeleteFunc(slices.Clone(list[i].workloads), func(w string) bool { return !slices.Contains(c.Only, w) })
		}
		list = slices.DeleteFunc(list, func(k peerKind) bool { return len(k.workloads) == 0 })
	}
	return list
}

// measure measures all peers.
func (c measureCommand) measure(ctx context.Context, notes io.Writer) (found *results, err error) {
	config := harness.Config{Aisle: c.Aisle, Stores: c.Stores, MaxDuration: maxDuration, Warnings: notes, Settings: postgresSettings()}
	began, busy := time.Now(), loadAverage()
	err = harness.Run(ctx, config, func(s *harness.Harness) error {
		b := &bench{Harness: s, options: c, notes: notes, results: &results{}}
		found = b.results
		_, _ = fmt.Fprintf(notes, "%d stores were seeded in %s\n", c.Stores, time.Since(began).Round(time.Second))
		if err := b.prepare(ctx); err != nil {
			return err
		}
		_, _ = fmt.Fprintf(notes, "prepared in %s: %d people of %d stores, %d tasks to complete\n",
			time.Since(began).Round(time.Second), len(b.population.stores)*len(b.population.stores[0]), len(b.population.stores),
			len(b.population.tasks))
		for _, k := range c.peerKinds() {
			if err := b.measurePeer(ctx, k); err != nil {
				return fmt.Errorf("%s: %w", k.name, err)
			}
		}
		found.took = time.Since(began)
		found.environment, err = b.environment(ctx, busy)
		return err
	})
	return found, err
}

// prepare prepares the database and signs everybody in.
func (b *bench) prepare(ctx context.Context) (err error) {
	if b.population, err = loadPopulation(ctx, b.Harness, b.options.People); err != nil {
		return err
	}
	b.cpuMeter.redis = b.RedisPID
	if b.cpuMeter.database, err = postmaster(ctx, b.AdminPool); err != nil {
		return err
	}
	return b.WithNode(ctx, []string{"--address-rate-limit", "0"}, func(ctx context.Context, n *harness.Node) error {
		return b.population.signIn(ctx, b.Harness, n)
	})
}

// measurePeer measures a peer. Apart from PostgreSQL and Redis, no other server runs.
func (b *bench) measurePeer(ctx context.Context, k peerKind) error {
	if err := b.population.restore(ctx, b.Harness); err != nil {
		return err
	}
	return k.start(ctx, b, func(ctx context.Context, p peer) error {
		if k.name != empty {
			if err := b.checkEquivalence(ctx, p); err != nil {
				return err
			}
			if err := b.warmUp(ctx, p, b.population.managers(), p.home); err != nil {
				return err
			}
		}
		for _, workload := range k.workloads {
			if err := b.measureWorkload(ctx, k, p, workload); err != nil {
				return fmt.Errorf("%s: %w", workload, err)
			}
		}
		return b.checkCompleted(ctx)
	})
}

// measureWorkload measures a peer with a workload.
func (b *bench) measureWorkload(ctx context.Context, k peerKind, p peer, workload string) error {
	l, reason := b.load(ctx, p, k, workload)
	if reason != "" {
		_, _ = fmt.Fprintf(b.notes, "%s: %s: skipped: %s\n", k.name, workload, reason)
		b.results.skip(k.name, workload, reason)
		return nil
	}
	m := b.cpuMeter
	m.server = p.pids
	got, err := l.run(ctx, m)
	for _, reason := range []error{errBehind, errNothingLeft} {
		if errors.Is(err, reason) {
			b.results.skip(k.name, workload, reason.Error())
			return nil
		}
	}
	if err != nil {
		return err
	}
	row := b.results.add(k.name, workload, got)
	if workload == home && b.referenceRate == 0 {
		b.referenceRate = row.rate()
	}
	_, _ = fmt.Fprintf(b.notes, "%s: %s: %s\n", k.name, workload, row)
	return b.profile(ctx, k, p, l, workload)
}

// load returns the load of a workload, or the reason why the peer cannot be measured with it.
func (b *bench) load(ctx context.Context, p peer, k peerKind, workload string) (l load, reason string) {
	l = load{
		addrs: p.addrs, connections: b.options.Connections, status: http.StatusOK, warm: b.options.Warm, last: b.options.For,
		next: func(r *rand.Rand, b2 []byte) ([]byte, error) { return p.home(b2, b.population.manager(r)), nil },
	}
	switch workload {
	case board:
		l.next = func(r *rand.Rand, b2 []byte) ([]byte, error) { return p.board(b2, b.population.region(r)), nil }
	case offered:
		const share = 0.6
		if l.rate = b.options.Rate; l.rate == 0 {
			l.rate = share * b.referenceRate
		}
		if l.rate == 0 {
			return l, "the rate is unknown: measure MobileHome first, or set --rate"
		}
		b.results.offered = l.rate
	case complete:
		l.next = func(_ *rand.Rand, b2 []byte) ([]byte, error) { return b.appendCompletion(p, b2) }
	case polling:
		poll := p.poll
		if poll == nil {
			poll = p.home
		} else if err := b.warmUp(ctx, p, slices.Concat(b.population.stores...), poll); err != nil {
			return l, err.Error()
		}
		l.next = func(r *rand.Rand, b2 []byte) ([]byte, error) {
			const completions = 20 // 1 of 20 requests
			if r.IntN(completions) == 0 {
				return b.appendCompletion(p, b2)
			}
			return poll(b2, b.population.any(r)), nil
		}
	case revalidate:
		if k.name == empty {
			p.requests = aisleRequests() // the same requests
		} else if reason := b.loadETags(ctx, p); reason != "" {
			return l, reason
		} else {
			l.status = http.StatusNotModified
		}
		l.next = func(r *rand.Rand, b2 []byte) ([]byte, error) { return p.revalidate(b2, b.population.manager(r)), nil }
	}
	return l, ""
}

// warmUp sends one request of each person, as in a chain that has run for a while. Otherwise the measurement would contain
// many first reads, and more of them in larger chains.
func (b *bench) warmUp(ctx context.Context, p peer, everybody []*person, ask func([]byte, *person) []byte) error {
	var next atomic.Int64
	all := load{
		addrs: p.addrs, connections: b.options.Connections, status: http.StatusOK, last: 2 * time.Minute,
		next: func(_ *rand.Rand, request []byte) ([]byte, error) {
			i := int(next.Add(1)) - 1
			if i >= len(everybody) {
				return nil, errNothingLeft
			}
			return ask(request, everybody[i]), nil
		},
	}
	if _, err := all.run(ctx, b.cpuMeter); err != nil && !errors.Is(err, errNothingLeft) {
		return fmt.Errorf("warm up: %w", err)
	}
	return nil
}

// appendCompletion appends a request that completes a task.
func (b *bench) appendCompletion(p peer, request []byte) ([]byte, error) {
	what, who, err := b.population.take()
	if err != nil {
		return nil, err
	}
	return p.complete(request, who, what), nil
}

// loadETags gets the home screen of each store once, for its ETag. It returns the reason why that is not possible.
func (b *bench) loadETags(ctx context.Context, p peer) (reason string) {
	for _, people := range b.population.stores {
		got, err := p.ask(ctx, p.poll(nil, people[0]))
		if err != nil || got.status != http.StatusOK || got.etag == "" {
			return fmt.Sprintf("GET of a persisted query has status %d and ETag %q", got.status, got.etag)
		}
		people[0].etag = got.etag
	}
	return ""
}

// checkCompleted checks that as many tasks are done as the peer said.
func (b *bench) checkCompleted(ctx context.Context) error {
	const done = `SELECT count(*) FROM tasks.task INNER JOIN peers.prepared USING (id) WHERE status = 'COMPLETED'`
	var n int64
	if err := b.AdminPool.QueryRow(ctx, done).Scan(&n); err != nil {
		return fmt.Errorf("count completed tasks: %w", err)
	}
	if want := b.population.taken.Load(); n != want {
		return fmt.Errorf("%d tasks are done, but %d completions succeeded", n, want)
	}
	return nil
}
