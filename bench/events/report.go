package main

import (
	"fmt"
	"io"
	"strconv"
	"text/tabwriter"
	"time"
)

// The targets.
const (
	maxMemory          = 60_000 // bytes per subscription
	maxFanoutTime      = 2 * time.Second
	maxLatency         = 250 * time.Millisecond // 99th percentile
	minRateShare       = 0.98                   // of the requested rate
	maxStatementGrowth = 1.1                    // of SQL statements, from the small to the large scenario
)

// result is a row of the report.
type result struct {
	name, measured, target string
	ok                     bool
}

func (f result) failed() bool { return !f.ok }

// printResults prints the report.
func printResults(w io.Writer, results []result) {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	defer table.Flush() //nolint:errcheck // a terminal that is gone
	for _, f := range results {
		verdict := "ok"
		if f.failed() {
			verdict = "MISSED"
		}
		_, _ = fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", f.name, f.measured, f.target, verdict)
	}
}

// results returns the results of the load.
func (f fewResult) results(o options) []result {
	at := func(part int) string { return percentile(f.latencies, part).Round(time.Millisecond).String() }
	prefix := fmt.Sprintf("%d subscribers of all events: ", o.Few)
	return []result{
		{
			prefix + "events committed per second, for " + o.For.String(),
			fmt.Sprintf("%.0f (%d per mutation, p99 of the response time %s)", f.rate, o.Rows,
				percentile(f.responseTimes, 99).Round(time.Millisecond)),
			strconv.Itoa(o.Rate), f.rate >= minRateShare*float64(o.Rate),
		},
		{
			prefix + "commit to receipt, 99th percentile",
			fmt.Sprintf("%s (median %s, worst %s)", at(99), at(50), at(100)),
			"at most " + maxLatency.String(), percentile(f.latencies, 99) <= maxLatency,
		},
	}
}

// results returns the results of a large scenario. fewStatements is the number of statements for as many events in the small
// scenario.
func (m manyResult) results(o options, fewStatements int) []result {
	each := (m.after.resident - m.before.resident) / float64(o.Many)
	live := (m.after.live - m.before.live) / float64(o.Many)
	slowest := percentile(m.latencies, 100)
	limit := int(maxStatementGrowth * float64(fewStatements))
	prefix := fmt.Sprintf("%d on %d sockets: ", o.Many, m.sockets)
	return []result{
		{
			prefix + "memory per subscription",
			fmt.Sprintf("%.1f KB resident (%.1f KB live)", each/1000, live/1000),
			fmt.Sprintf("at most %d KB", maxMemory/1000), each <= maxMemory,
		},
		{
			fmt.Sprintf("%scommit to the last receipt, slowest of %d events", prefix, o.Single),
			slowest.Round(time.Millisecond).String(), "at most " + maxFanoutTime.String(), slowest <= maxFanoutTime,
		},
		{
			fmt.Sprintf("%sSQL statements for %d events", prefix, o.Single),
			fmt.Sprintf("%d (%d for %d subscriptions)", m.statements, fewStatements, o.Few),
			fmt.Sprintf("at most %d", limit), m.statements <= limit,
		},
	}
}

// percentile returns a percentile of sorted durations.
func percentile(sorted []time.Duration, part int) time.Duration {
	return sorted[(len(sorted)-1)*part/100]
}
