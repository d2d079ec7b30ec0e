package main

import (
	"fmt"
	"io"
	"strconv"
	"text/tabwriter"
	"time"
)

// The figures that are wanted.
const (
	mostMemory  = 60_000 // bytes of a subscription
	mostToAll   = 2 * time.Second
	mostLatency = 250 * time.Millisecond // of 99 in 100 events of the flood
	leastOfRate = 0.98                   // of the flood's events, within its time
	mostGrowth  = 1.1                    // of the statements, from few who follow to many
)

// figure is a line of the table.
type figure struct {
	name, measured, wanted string
	ok                     bool
}

func (f figure) missed() bool { return !f.ok }

// show prints the table.
func show(w io.Writer, figures []figure) {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	defer table.Flush() //nolint:errcheck // a terminal that is gone
	for _, f := range figures {
		verdict := "ok"
		if f.missed() {
			verdict = "NOT REACHED"
		}
		_, _ = fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", f.name, f.measured, f.wanted, verdict)
	}
}

// figures are how the flood went.
func (f few) figures(o options) []figure {
	at := func(part int) string { return percentile(f.latencies, part).Round(time.Millisecond).String() }
	flood := fmt.Sprintf("%d get all of a flood: ", o.Few)
	return []figure{
		{
			flood + "events committed a second, for " + o.For.String(),
			fmt.Sprintf("%.0f (%d a mutation, 99 in 100 answered in %s)", f.rate, o.Rows, percentile(f.answers, 99).Round(time.Millisecond)),
			strconv.Itoa(o.Rate), f.rate >= leastOfRate*float64(o.Rate),
		},
		{
			flood + "commit to receipt, 99th percentile",
			fmt.Sprintf("%s (median %s, worst %s)", at(99), at(50), at(100)),
			"at most " + mostLatency.String(), percentile(f.latencies, 99) <= mostLatency,
		},
	}
}

// figures are what many cost. The statements of few are those for as many events.
func (m many) figures(o options, few int) []figure {
	each := (m.after.resident - m.before.resident) / float64(o.Many)
	live := (m.after.live - m.before.live) / float64(o.Many)
	slowest := percentile(m.latencies, 100)
	most := int(mostGrowth * float64(few))
	who := fmt.Sprintf("%d on %d sockets: ", o.Many, m.sockets)
	return []figure{
		{
			who + "memory of each",
			fmt.Sprintf("%.1f KB resident (%.1f KB live)", each/1000, live/1000),
			fmt.Sprintf("at most %d KB", mostMemory/1000), each <= mostMemory,
		},
		{
			fmt.Sprintf("%scommit to the last of all, slowest of %d events", who, o.Single),
			slowest.Round(time.Millisecond).String(), "at most " + mostToAll.String(), slowest <= mostToAll,
		},
		{
			fmt.Sprintf("%sstatements for %d events", who, o.Single),
			fmt.Sprintf("%d (%d for %d subscriptions)", m.statements, few, o.Few),
			fmt.Sprintf("at most %d", most), m.statements <= most,
		},
	}
}

// percentile is of sorted durations.
func percentile(sorted []time.Duration, part int) time.Duration {
	return sorted[(len(sorted)-1)*part/100]
}
