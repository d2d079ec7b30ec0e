package main

import (
	"fmt"
	"strings"
	"time"
)

// targets returns the lines of the table of targets.
func (r *results) targets() (lines [][]string) {
	for _, target := range []struct {
		workload, text string
		minRatio       float64
	}{
		{home, "as many requests as PostGraphile", 1},
		{polling, "10 times as many requests as PostGraphile", 10},
		{revalidate, "half as many requests as an empty handler", 0.5},
		{board, "as many requests as PostGraphile", 1},
		{complete, "as many requests as PostGraphile's plain UPDATE", 1},
	} {
		rows := r.of(target.workload)
		mine, one := mean(rows, row.rate, aisle), referenceOf(rows)
		if mine == 0 || one.rate == 0 {
			lines = append(lines, []string{target.workload, target.text, "not measured", ""})
			continue
		}
		reached := mine / one.rate
		lines = append(lines, []string{target.workload, target.text, fmt.Sprintf("%.2f", reached), verdict(reached >= target.minRatio)})
	}
	return append(lines, r.latencyTarget())
}

// latencyTarget returns the line for the latency at the offered load, compared with PostGraphile and Mercurius only.
func (r *results) latencyTarget() []string {
	p99 := func(r row) float64 { return float64(percentile(r.latencies, 99)) }
	rows := r.of(offered)
	mine, best := mean(rows, p99, aisle), mean(rows, p99, postgraphile)
	if other := mean(rows, p99, mercurius); best == 0 || other > 0 && other < best {
		best = other
	}
	const text = "p99 below that of PostGraphile and Mercurius"
	if mine == 0 || best == 0 {
		return []string{offered, text, "not measured", ""}
	}
	found := fmt.Sprintf("%.1f ms, the better of them %.1f ms", millis(time.Duration(mine)), millis(time.Duration(best)))
	return []string{offered, text, found, verdict(mine < best)}
}

func verdict(reached bool) string {
	if reached {
		return "reached"
	}
	return "not reached"
}

// writeTargets writes the table of targets.
func (r *results) writeTargets(b *strings.Builder) {
	b.WriteString("\n### Targets\n\n| workload | target | measured | |\n| --- | --- | --- | --- |\n")
	for _, line := range r.targets() {
		fmt.Fprintf(b, "| %s |\n", strings.Join(line, " | "))
	}
}
