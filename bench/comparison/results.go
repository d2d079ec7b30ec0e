package main

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"time"
)

// results are the results of all measurements.
type results struct {
	environment []string
	rows        []row
	offered     float64 // requests per second
	took        time.Duration
}

// row is the result of a peer with a workload.
type row struct {
	measurement

	peer, workload string
	reason         string // why it was skipped
}

func (r *results) add(peer, workload string, m measurement) row {
	r.rows = append(r.rows, row{measurement: m, peer: peer, workload: workload})
	return r.rows[len(r.rows)-1]
}

func (r *results) skip(peer, workload, reason string) {
	r.rows = append(r.rows, row{peer: peer, workload: workload, reason: reason})
}

func (r row) rate() float64 { return float64(r.responses) / r.took.Seconds() }

// perThousand formats CPU time per 1,000 responses.
func (r row) perThousand(used time.Duration) string {
	return fmt.Sprintf("%.2f s", used.Seconds()/float64(r.responses)*1000)
}

func (r row) at(part float64) string {
	return fmt.Sprintf("%.1f ms", float64(percentile(r.latencies, part))/float64(time.Millisecond))
}

// String formats the row without ratios.
func (r row) String() string {
	if r.reason != "" {
		return r.reason
	}
	return strings.Join(r.cells(reference{}), ", ")
}

// columns are the headings of the columns.
//
//nolint:gochecknoglobals // a constant
var columns = []string{"requests/s", "ratio", "CPU", "p50", "p99", "server", "PostgreSQL", "Redis", "generator"}

// cost returns the CPU time per response, without the generator.
func (r row) cost() time.Duration {
	return (r.used.server + r.used.database + r.used.redis) / time.Duration(r.responses)
}

// cells returns the cells of the row, with ratios to a reference.
func (r row) cells(one reference) []string {
	ratio, cpu := "", ""
	if one.rate > 0 && r.workload != offered { // at a fixed rate the ratio means nothing
		ratio = fmt.Sprintf("%.2f", r.rate()/one.rate)
	}
	if one.cost > 0 {
		cpu = fmt.Sprintf("%.2f", float64(r.cost())/one.cost)
	}
	return []string{
		fmt.Sprintf("%.0f", r.rate()), ratio, cpu, r.at(50), r.at(99),
		r.perThousand(r.used.server), r.perThousand(r.used.database), r.perThousand(r.used.redis), r.perThousand(r.used.generator),
	}
}

// of returns the rows of a workload.
func (r *results) of(workload string) (list []row) {
	for _, row := range r.rows {
		if row.workload == workload {
			list = append(list, row)
		}
	}
	return list
}

// reference is what ratios refer to: the mean of PostGraphile, or of the empty handler. It is zero if neither was measured.
type reference struct{ rate, cost float64 }

func referenceOf(rows []row) reference {
	cost := func(r row) float64 { return float64(r.cost()) }
	return reference{mean(rows, row.rate, postgraphile, empty), mean(rows, cost, postgraphile, empty)}
}

// mean returns the mean of a value over all measurements of the peers, or 0.
func mean(rows []row, figure func(row) float64, peers ...string) float64 {
	sum, n := 0.0, 0.0
	for _, r := range rows {
		if slices.Contains(peers, r.peer) && r.reason == "" {
			sum, n = sum+figure(r), n+1
		}
	}
	return sum / max(n, 1)
}

// table returns the lines of a workload.
func table(rows []row) (lines [][]string) {
	one := referenceOf(rows)
	for _, r := range rows {
		if r.reason != "" {
			lines = append(lines, []string{r.peer, "skipped: " + r.reason})
			continue
		}
		lines = append(lines, append([]string{r.peer}, r.cells(one)...))
	}
	return lines
}

func millis(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
