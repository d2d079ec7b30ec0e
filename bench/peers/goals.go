package main

import (
	"fmt"
	"strings"
	"time"
)

// goals are the lines that say what is wanted of Aisle, and what it reached.
func (r *results) goals() (lines [][]string) {
	for _, goal := range []struct {
		workload, wanted string
		least            float64
	}{
		{home, "as many requests as PostGraphile", 1},
		{polled, "10 times as many", 10},
		{again, "half of what an empty handler serves", 0.5},
		{board, "as many requests as PostGraphile", 1},
		{complete, "as many as PostGraphile's bare update", 1},
	} {
		rows := r.of(goal.workload)
		mine, one := mean(rows, row.rate, aisle), unitOf(rows)
		if mine == 0 || one.rate == 0 {
			lines = append(lines, []string{goal.workload, goal.wanted, "not measured", ""})
			continue
		}
		reached := mine / one.rate
		lines = append(lines, []string{goal.workload, goal.wanted, fmt.Sprintf("%.2f", reached), verdict(reached >= goal.least)})
	}
	return append(lines, r.latencyGoal())
}

// latencyGoal is the line of the latency at the offered load. What is no GraphQL server is no peer here, and neither is Aisle
// without loaders.
func (r *results) latencyGoal() []string {
	p99 := func(r row) float64 { return float64(percentile(r.latencies, 99)) }
	rows := r.of(offered)
	mine, best := mean(rows, p99, aisle), mean(rows, p99, postgraphile)
	if other := mean(rows, p99, mercurius); best == 0 || other > 0 && other < best {
		best = other
	}
	const wanted = "p99 below that of PostGraphile and Mercurius"
	if mine == 0 || best == 0 {
		return []string{offered, wanted, "not measured", ""}
	}
	found := fmt.Sprintf("%.1f ms, theirs %.1f ms", millis(time.Duration(mine)), millis(time.Duration(best)))
	return []string{offered, wanted, found, verdict(mine < best)}
}

func verdict(reached bool) string {
	if reached {
		return "reached"
	}
	return "not reached"
}

// writeGoals writes them as a part of the page.
func (r *results) writeGoals(b *strings.Builder) {
	b.WriteString("\n### What is wanted\n\n| | wanted | measured | |\n| --- | --- | --- | --- |\n")
	for _, line := range r.goals() {
		fmt.Fprintf(b, "| %s |\n", strings.Join(line, " | "))
	}
}
