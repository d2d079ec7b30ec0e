// Command events measures live events: the memory of a subscription, the time until an event reaches all subscribers, the
// latency at 1,000 events per second, and whether subscribers cause SQL statements. It starts everything it needs, prints
// the results with their targets, and exits with 1 if a target is missed.
//
// The server is a separate `aisle serve` process with a durable PostgreSQL and a Redis. The subscribers run in this
// process, on the same CPUs.
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

	"github.com/alecthomas/kong"
)

func main() {
	var o options
	kong.Parse(&o, kong.Name("bench-events"), kong.Description("Measure the cost and latency of live events."))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	ctx, cancel := context.WithTimeout(ctx, maxDuration)
	others := loadAverage()
	results, err := measure(ctx, o, os.Stderr)
	cancel()
	stop()
	_, _ = fmt.Printf("%d CPUs, shared by subscribers, server, PostgreSQL and Redis%s\n\n", runtime.NumCPU(), others)
	printResults(os.Stdout, results)
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench-events:", err)
	}
	if err != nil || slices.ContainsFunc(results, result.failed) {
		os.Exit(1)
	}
}

// loadAverage returns the load of the machine before the run (Linux only). Results from a busy machine say little about the
// server.
func loadAverage() string {
	text, err := os.ReadFile("/proc/loadavg")
	average, _, _ := strings.Cut(string(text), " ")
	if err != nil {
		return ""
	}
	return "; load average before the run: " + average
}

// measure runs all scenarios. Each of them has a fresh server.
func measure(ctx context.Context, o options, notes io.Writer) (results []result, err error) {
	if err := checkOpenFileLimit(o.Many); err != nil {
		return nil, err
	}
	err = withRun(ctx, o, notes, func(s *run) error {
		few, err := s.measureFew(ctx)
		if err != nil {
			return err
		}
		results = append(results, few.results(o)...)
		for _, perSocket := range []int{1, o.PerSocket} {
			many, err := s.measureMany(ctx, few.fixtures, perSocket)
			if err != nil {
				return err
			}
			results = append(results, many.results(o, few.statements)...)
		}
		return nil
	})
	return results, err
}

// checkOpenFileLimit returns an error if a process cannot open that many sockets. Go raises the soft limit to the hard
// limit, here and in the server.
func checkOpenFileLimit(sockets int) error {
	const others = 500 // for connections to PostgreSQL, mutations and so on
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return fmt.Errorf("read the limit of open files: %w", err)
	}
	if need := uint64(sockets) + others; limit.Cur < need { //nolint:gosec // not negative
		return fmt.Errorf("the limit of open files is %d, but %d sockets need %d: raise it (ulimit -Hn) or lower --many",
			limit.Cur, sockets, need)
	}
	return nil
}
