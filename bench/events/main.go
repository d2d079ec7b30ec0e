// Command events measures what live events cost: the memory of those who follow, how soon an event reaches all of them,
// how late events are when a thousand come a second, and whether those who follow cost statements. It starts all that
// it needs, prints what it measured beside what is wanted, and exits 1 when a figure is not reached.
//
// The server is `aisle serve` as it really runs, a process of its own, over a PostgreSQL that keeps what was committed
// and a real Redis. Those who follow are in this process, which shares the machine's processors with all of that.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
)

// options say how much is measured.
type options struct {
	Aisle     string        `default:"bin/aisle" placeholder:"FILE" help:"The server's program."`
	Many      int           `default:"10000" help:"Subscriptions of a crowd."`
	PerSocket int           `default:"10"    help:"Subscriptions on each socket of the second crowd; the first has a socket for each."`
	Few       int           `default:"100"   help:"Subscriptions that get a flood of events, and that a crowd's statements are compared with."`
	Rate      int           `default:"1000"  help:"Events a second of the flood."`
	Rows      int           `default:"20"    help:"Events of each mutation of the flood: rows of recordStockMovements."`
	For       time.Duration `default:"20s"   help:"How long the flood lasts."`
	Single    int           `default:"20"    help:"Events that come one by one, to all of a crowd."`
	Stores    int           `default:"20"    help:"Stores of the demo chain."`
	Profiles  string        `placeholder:"DIR" help:"Folder to leave profiles of the server in."`
}

// longest bounds the whole run.
const longest = 10 * time.Minute

func main() {
	var o options
	kong.Parse(&o, kong.Name("bench-events"), kong.Description("Measure what live events cost."))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	ctx, cancel := context.WithTimeout(ctx, longest)
	others := load()
	figures, err := measure(ctx, o, os.Stderr)
	cancel()
	stop()
	_, _ = fmt.Printf("%d processors, which clients, server, PostgreSQL and Redis share%s\n\n", runtime.NumCPU(), others)
	show(os.Stdout, figures)
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench-events:", err)
	}
	if err != nil || slices.ContainsFunc(figures, figure.missed) {
		os.Exit(1)
	}
}

// load is how much else the machine has to do, where it says so (Linux): figures of a machine that is busy otherwise are
// not the server's.
func load() string {
	text, err := os.ReadFile("/proc/loadavg")
	average, _, _ := strings.Cut(string(text), " ")
	if err != nil {
		return ""
	}
	return "; its load before was " + average
}

// measure measures all figures. Each crowd has a server of its own, which has served nobody yet.
func measure(ctx context.Context, o options, notes io.Writer) (figures []figure, err error) {
	if err := enoughFiles(o.Many); err != nil {
		return nil, err
	}
	err = withRun(ctx, o, notes, func(s *run) error {
		few, err := s.withFew(ctx)
		if err != nil {
			return err
		}
		figures = append(figures, few.figures(o)...)
		for _, perSocket := range []int{1, o.PerSocket} {
			many, err := s.withMany(ctx, few.cast, perSocket)
			if err != nil {
				return err
			}
			figures = append(figures, many.figures(o, few.statements)...)
		}
		return nil
	})
	return figures, err
}

// enoughFiles says whether a process may have so many sockets open. Go has raised the limit as far as it goes, here as
// in the server.
func enoughFiles(sockets int) error {
	const others = 500 // of PostgreSQL's connections, those of mutations, and so on
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return fmt.Errorf("find the limit of open files: %w", err)
	}
	if need := uint64(sockets) + others; limit.Cur < need { //nolint:gosec // not negative
		return fmt.Errorf("a process may have %d files open, and %d sockets need %d: raise it (ulimit -Hn), or measure --many fewer",
			limit.Cur, sockets, need)
	}
	return nil
}
