package main

import (
	_ "embed"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"
)

// print prints the tables to a terminal.
func (r *results) print(w io.Writer) {
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	defer out.Flush() //nolint:errcheck // a terminal that is gone
	for _, workload := range workloads() {
		_, _ = fmt.Fprintf(out, "\n%s\t%s\n", workload, strings.Join(columns, "\t"))
		for _, line := range table(r.of(workload)) {
			_, _ = fmt.Fprintf(out, "%s\n", strings.Join(line, "\t"))
		}
	}
}

//go:embed results.md
var introduction string

// growthTitle is the heading of the section that `make bench-growth` writes.
const growthTitle = "## Growth\n"

// write writes the page. It keeps the section about growth.
func (r *results) write(file string) error {
	old, err := os.ReadFile(file) //nolint:gosec // chosen on the command line
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
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil { //nolint:gosec // a page that everybody may read
		return fmt.Errorf("write the results: %w", err)
	}
	return nil
}

// page returns the page without the section about growth.
func (r *results) page() string {
	var b strings.Builder
	b.WriteString(introduction)
	fmt.Fprintf(&b, "\n## The run\n\n%s, in %s:\n\n", time.Now().UTC().Format(time.DateOnly), r.took.Round(time.Second))
	for _, line := range r.environment {
		fmt.Fprintf(&b, "- %s\n", line)
	}
	r.writeTargets(&b)
	for _, workload := range workloads() {
		fmt.Fprintf(&b, "\n### %s\n\n", workload)
		if workload == offered && r.offered > 0 {
			fmt.Fprintf(&b, "%.0f requests per second are sent at equal intervals.\n\n", r.offered)
		}
		fmt.Fprintf(&b, "| | %s |\n|%s\n", strings.Join(columns, " | "), strings.Repeat(" --- |", len(columns)+1))
		for _, line := range table(r.of(workload)) {
			fmt.Fprintf(&b, "| %s |\n", strings.Join(line, " | "))
		}
	}
	return b.String()
}
