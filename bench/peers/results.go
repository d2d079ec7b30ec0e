package main

import (
	_ "embed"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// results are what was measured.
type results struct {
	machine []string
	rows    []row
	offered float64 // requests a second
	took    time.Duration
}

// row is how a peer bore a workload.
type row struct {
	measured

	peer, workload string
	why            string // it was left out
}

func (r *results) add(peer, workload string, m measured) row {
	r.rows = append(r.rows, row{measured: m, peer: peer, workload: workload})
	return r.rows[len(r.rows)-1]
}

func (r *results) leave(peer, workload, why string) {
	r.rows = append(r.rows, row{peer: peer, workload: workload, why: why})
}

func (r row) rate() float64 { return float64(r.answers) / r.took.Seconds() }

// each is a usage's part in 1,000 answers.
func (r row) each(used time.Duration) string {
	return fmt.Sprintf("%.2f s", used.Seconds()/float64(r.answers)*1000)
}

func (r row) at(part float64) string {
	return fmt.Sprintf("%.1f ms", float64(percentile(r.latencies, part))/float64(time.Millisecond))
}

// String is the row without its ratio.
func (r row) String() string {
	if r.why != "" {
		return r.why
	}
	return strings.Join(r.cells(unit{}), ", ")
}

// head is what the columns are.
//
//nolint:gochecknoglobals // a constant
var head = []string{"requests/s", "ratio", "processor", "p50", "p99", "server", "PostgreSQL", "Redis", "generator"}

// cost is the processor time of an answer, but for the generator's.
func (r row) cost() time.Duration {
	return (r.used.server + r.used.database + r.used.redis) / time.Duration(r.answers)
}

// cells are the row's figures, compared with those of a unit.
func (r row) cells(one unit) []string {
	ratio, processor := "", ""
	if one.rate > 0 && r.workload != offered { // where the rate is not the server's choice
		ratio = fmt.Sprintf("%.2f", r.rate()/one.rate)
	}
	if one.cost > 0 {
		processor = fmt.Sprintf("%.2f", float64(r.cost())/one.cost)
	}
	return []string{
		fmt.Sprintf("%.0f", r.rate()), ratio, processor, r.at(50), r.at(99),
		r.each(r.used.server), r.each(r.used.database), r.each(r.used.redis), r.each(r.used.generator),
	}
}

// of are the rows of a workload.
func (r *results) of(workload string) (list []row) {
	for _, row := range r.rows {
		if row.workload == workload {
			list = append(list, row)
		}
	}
	return list
}

// unit is what ratios are of: what PostGraphile does, or what else there is to compare with. It is zero where there is nothing.
type unit struct{ rate, cost float64 }

func unitOf(rows []row) unit {
	return unit{mean(rows, row.rate, postgraphile, empty), mean(rows, func(r row) float64 { return float64(r.cost()) }, postgraphile, empty)}
}

// mean is that of a figure of all the times that peers were measured; 0 when they were not.
func mean(rows []row, figure func(row) float64, peers ...string) float64 {
	sum, n := 0.0, 0.0
	for _, r := range rows {
		if slices.Contains(peers, r.peer) && r.why == "" {
			sum, n = sum+figure(r), n+1
		}
	}
	return sum / max(n, 1)
}

// table are the lines of a workload.
func table(rows []row) (lines [][]string) {
	one := unitOf(rows)
	for _, r := range rows {
		if r.why != "" {
			lines = append(lines, []string{r.peer, "left out: " + r.why})
			continue
		}
		lines = append(lines, append([]string{r.peer}, r.cells(one)...))
	}
	return lines
}

// workloads are all, in the order of the results.
func workloads() []string { return []string{home, polled, again, board, complete, offered} }

// print prints the tables for a terminal.
func (r *results) print(w io.Writer) {
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	defer out.Flush() //nolint:errcheck // a terminal that is gone
	for _, workload := range workloads() {
		_, _ = fmt.Fprintf(out, "\n%s\t%s\n", workload, strings.Join(head, "\t"))
		for _, line := range table(r.of(workload)) {
			_, _ = fmt.Fprintf(out, "%s\n", strings.Join(line, "\t"))
		}
	}
}

//go:embed results.md
var introduction string

// growthTitle begins the part of the results that `make bench-growth` writes.
const growthTitle = "## Growth\n"

// write writes the results as a page, and leaves what is there of the growth.
func (r *results) write(file string) error {
	old, err := os.ReadFile(file) //nolint:gosec // the file that whoever measures names
	if err != nil && !os.IsNotExist(err) {
		return fmt.Errorf("write the results: %w", err)
	}
	_, growth, known := strings.Cut(string(old), growthTitle)
	text := r.page()
	if known {
		text += "\n" + growthTitle + growth
	}
	return save(file, text)
}

func save(file, text string) error {
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil { //nolint:gosec // a page for everybody
		return fmt.Errorf("write the results: %w", err)
	}
	return nil
}

// page is the page but for the growth.
func (r *results) page() string {
	var b strings.Builder
	b.WriteString(introduction)
	fmt.Fprintf(&b, "\n## The run\n\n%s, in %s:\n\n", time.Now().UTC().Format(time.DateOnly), r.took.Round(time.Second))
	for _, line := range r.machine {
		fmt.Fprintf(&b, "- %s\n", line)
	}
	r.writeGoals(&b)
	for _, workload := range workloads() {
		fmt.Fprintf(&b, "\n### %s\n\n", workload)
		if workload == offered && r.offered > 0 {
			fmt.Fprintf(&b, "%.0f requests a second are sent, at even distances.\n\n", r.offered)
		}
		fmt.Fprintf(&b, "| | %s |\n|%s\n", strings.Join(head, " | "), strings.Repeat(" --- |", len(head)+1))
		for _, line := range table(r.of(workload)) {
			fmt.Fprintf(&b, "| %s |\n", strings.Join(line, " | "))
		}
	}
	return b.String()
}
