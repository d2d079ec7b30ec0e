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

	"aisle/bench/stage"
)

// measureCommand measures all peers.
type measureCommand struct {
	Aisle       string        `default:"bin/aisle"        placeholder:"FILE" help:"The server's program."`
	Peers       string        `default:"bench/peers"      placeholder:"DIR"  help:"Where the peers' folders are."`
	Results     string        `default:"bench/RESULTS.md" placeholder:"FILE" help:"Where to write what was measured."`
	Stores      int           `default:"1000" help:"Stores of the demo chain."`
	People      int           `default:"15"   help:"People of each store who poll their home screens."`
	Connections int           `default:"32"   help:"Connections that ask at once."`
	Warm        time.Duration `default:"2s"   help:"How long a peer is asked before it is measured."`
	For         time.Duration `default:"5s"   help:"How long it is measured, with each workload."`
	Rate        float64       `placeholder:"N"   help:"Requests a second of the offered load; else 60 % of what the first peer serves."`
	Profiles    string        `placeholder:"DIR" help:"Folder to leave profiles of Aisle in: of loads besides the measured ones."`
	GoOnly      bool          `help:"Leave out the peers that need Node."`
	Only        []string      `placeholder:"WORKLOAD;..." sep:";" help:"Measure these workloads alone, and write no page: ${workloads}."`
}

// Run measures, prints and writes.
func (c measureCommand) Run(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	found, err := c.measure(ctx, os.Stderr)
	if found != nil { // what there is when something failed is no page, but worth a look
		found.print(os.Stdout)
	}
	if err != nil || len(c.Only) > 0 {
		return err
	}
	return found.write(c.Results)
}

// bench is a run of measurements on a stage.
type bench struct {
	*stage.Stage

	options  measureCommand
	notes    io.Writer
	crowd    *crowd
	meter    meter   // without a server
	baseline float64 // requests a second of MobileHome that the first peer serves: PostGraphile, where Node is
	results  *results
}

// The workloads, as results call them.
const (
	home     = "MobileHome"
	board    = "RegionBoard"
	offered  = "MobileHome at an offered load"
	polled   = "MobileHome as polled"
	again    = "MobileHome, unchanged"
	complete = "CompleteTask"
)

// kinds are all peers in the order in which they are measured. What is compared most is there twice, with as much before as behind
// the middle: what the machine changes meanwhile does not change how they compare, and shows. Workloads that write come last: what
// they changed is restored when the peer has ended, which knows nothing of that.
func (c measureCommand) kinds() []kind {
	reads, all := []string{home, board, offered}, []string{home, board, offered, polled, complete}
	list := []kind{
		{postgraphile, startNode("postgraphile"), all},
		{aisle, startAisle(), []string{home, board, offered, again, polled, complete}},
		{empty, startFloor("--empty"), []string{again}},
		{mercurius, startNode("mercurius"), all},
		{naive, startUnbatched(), reads},
		{floor, startFloor(), all},
		{aisle, startAisle(), all},
		{postgraphile, startNode("postgraphile"), all},
	}
	if c.GoOnly {
		list = slices.DeleteFunc(list, func(k kind) bool { return k.name == postgraphile || k.name == mercurius })
	}
	if len(c.Only) > 0 {
		for i := range list {
			list[i].workloads = slices.DeleteFunc(slices.Clone(list[i].workloads), func(w string) bool { return !slices.Contains(c.Only, w) })
		}
		list = slices.DeleteFunc(list, func(k kind) bool { return len(k.workloads) == 0 })
	}
	return list
}

// measure measures all.
func (c measureCommand) measure(ctx context.Context, notes io.Writer) (found *results, err error) {
	config := stage.Config{Aisle: c.Aisle, Stores: c.Stores, Longest: longest, Notes: notes, Settings: roomy()}
	began, busy := time.Now(), loadAverage()
	err = stage.With(ctx, config, func(s *stage.Stage) error {
		b := &bench{Stage: s, options: c, notes: notes, results: &results{}}
		found = b.results
		_, _ = fmt.Fprintf(notes, "%d stores were made in %s\n", c.Stores, time.Since(began).Round(time.Second))
		if err := b.begin(ctx); err != nil {
			return err
		}
		_, _ = fmt.Fprintf(notes, "prepared in %s: %d people of %d stores, %d tasks to complete\n",
			time.Since(began).Round(time.Second), len(b.crowd.shops)*len(b.crowd.shops[0]), len(b.crowd.shops), len(b.crowd.tasks))
		for _, k := range c.kinds() {
			if err := b.session(ctx, k); err != nil {
				return fmt.Errorf("%s: %w", k.name, err)
			}
		}
		found.took = time.Since(began)
		found.machine, err = b.machine(ctx, busy)
		return err
	})
	return found, err
}

// roomy are PostgreSQL's settings: what a chain works with fits into its memory, and no checkpoint comes while it is measured.
func roomy() map[string]string {
	return map[string]string{"shared_buffers": sharedBuffers, "max_wal_size": "4GB", "checkpoint_timeout": "30min"}
}

const sharedBuffers = "2GB"

// begin prepares the database and signs everybody in.
func (b *bench) begin(ctx context.Context) (err error) {
	if b.crowd, err = gather(ctx, b.Stage, b.options.People); err != nil {
		return err
	}
	b.meter.redis = b.RedisPID
	if b.meter.database, err = postmaster(ctx, b.Looker); err != nil {
		return err
	}
	return b.WithNode(ctx, []string{"--address-rate-limit", "0"}, func(ctx context.Context, n *stage.Node) error {
		return b.crowd.signIn(ctx, b.Stage, n)
	})
}

// session measures a peer, which is alone on the machine but for the database and Redis.
func (b *bench) session(ctx context.Context, k kind) error {
	if err := b.crowd.restore(ctx, b.Stage); err != nil {
		return err
	}
	return k.start(ctx, b, func(ctx context.Context, p peer) error {
		if k.name != empty {
			if err := b.compare(ctx, p); err != nil {
				return err
			}
			if err := b.visit(ctx, p, b.crowd.managers(), p.home); err != nil {
				return err
			}
		}
		for _, workload := range k.workloads {
			if err := b.bear(ctx, k, p, workload); err != nil {
				return fmt.Errorf("%s: %w", workload, err)
			}
		}
		return b.checkCompleted(ctx)
	})
}

// bear measures how a peer bears a workload.
func (b *bench) bear(ctx context.Context, k kind, p peer, workload string) error {
	l, why := b.load(ctx, p, k, workload)
	if why != "" {
		_, _ = fmt.Fprintf(b.notes, "%s: %s: left out: %s\n", k.name, workload, why)
		b.results.leave(k.name, workload, why)
		return nil
	}
	m := b.meter
	m.server = p.pids
	got, err := l.run(ctx, m)
	for _, reason := range []error{errBehind, errNothingLeft} {
		if errors.Is(err, reason) {
			b.results.leave(k.name, workload, reason.Error())
			return nil
		}
	}
	if err != nil {
		return err
	}
	row := b.results.add(k.name, workload, got)
	if workload == home && b.baseline == 0 {
		b.baseline = row.rate()
	}
	_, _ = fmt.Fprintf(b.notes, "%s: %s: %s\n", k.name, workload, row)
	return b.profile(ctx, k, p, l, workload)
}

// load is what a workload asks a peer for; or why it does not.
func (b *bench) load(ctx context.Context, p peer, k kind, workload string) (l load, why string) {
	l = load{
		addrs: p.addrs, connections: b.options.Connections, status: http.StatusOK, warm: b.options.Warm, last: b.options.For,
		next: func(r *rand.Rand, b2 []byte) ([]byte, error) { return p.home(b2, b.crowd.manager(r)), nil },
	}
	switch workload {
	case board:
		l.next = func(r *rand.Rand, b2 []byte) ([]byte, error) { return p.board(b2, b.crowd.region(r)), nil }
	case offered:
		const share = 0.6
		if l.rate = b.options.Rate; l.rate == 0 {
			l.rate = share * b.baseline
		}
		if l.rate == 0 {
			return l, "nobody has said how much there is to offer: measure MobileHome before, or give --rate"
		}
		b.results.offered = l.rate
	case complete:
		l.next = func(_ *rand.Rand, b2 []byte) ([]byte, error) { return b.completion(p, b2) }
	case polled:
		poll := p.poll
		if poll == nil {
			poll = p.home
		} else if err := b.visit(ctx, p, slices.Concat(b.crowd.shops...), poll); err != nil {
			return l, err.Error()
		}
		l.next = func(r *rand.Rand, b2 []byte) ([]byte, error) {
			const completions = 20 // one of so many
			if r.IntN(completions) == 0 {
				return b.completion(p, b2)
			}
			return poll(b2, b.crowd.any(r)), nil
		}
	case again:
		if k.name == empty {
			p.asks = asksOfAisle() // the same request
		} else if why := b.remember(ctx, p); why != "" {
			return l, why
		} else {
			l.status = http.StatusNotModified
		}
		l.next = func(r *rand.Rand, b2 []byte) ([]byte, error) { return p.again(b2, b.crowd.manager(r)), nil }
	}
	return l, ""
}

// visit has everybody ask once, as they have in a chain that has worked for a while. Else much of what is measured would be what is
// read for the first time, and the more the larger the chain is.
func (b *bench) visit(ctx context.Context, p peer, everybody []*person, ask func([]byte, *person) []byte) error {
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
	if _, err := all.run(ctx, b.meter); err != nil && !errors.Is(err, errNothingLeft) {
		return fmt.Errorf("ask once: %w", err)
	}
	return nil
}

// completion appends a request that completes a task.
func (b *bench) completion(p peer, request []byte) ([]byte, error) {
	what, who, err := b.crowd.take()
	if err != nil {
		return nil, err
	}
	return p.complete(request, who, what), nil
}

// remember asks for all stores' home screens once, so that they can be asked for again; or says why they cannot.
func (b *bench) remember(ctx context.Context, p peer) (why string) {
	for _, people := range b.crowd.shops {
		got, err := p.ask(ctx, p.poll(nil, people[0]))
		if err != nil || got.status != http.StatusOK || got.etag == "" {
			return fmt.Sprintf("GET of a persisted operation is answered %d, with the ETag %q", got.status, got.etag)
		}
		people[0].etag = got.etag
	}
	return ""
}

// checkCompleted sees to it that as many tasks are done as were answered to be.
func (b *bench) checkCompleted(ctx context.Context) error {
	const done = `SELECT count(*) FROM tasks.task INNER JOIN peers.prepared USING (id) WHERE status = 'DONE'`
	var n int64
	if err := b.Looker.QueryRow(ctx, done).Scan(&n); err != nil {
		return fmt.Errorf("count what was completed: %w", err)
	}
	if want := b.crowd.taken.Load(); n != want {
		return fmt.Errorf("%d tasks are done, and %d were answered to be", n, want)
	}
	return nil
}
