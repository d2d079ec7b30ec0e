package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"aisle/store"
)

// machine is what was measured on, as a reader wants to know it, a line each.
func (b *bench) machine(ctx context.Context, busy string) ([]string, error) {
	var postgres string
	if err := b.Looker.QueryRow(ctx, "SHOW server_version").Scan(&postgres); err != nil {
		return nil, fmt.Errorf("find PostgreSQL's version: %w", err)
	}
	lines := []string{
		fmt.Sprintf("%d processors (%s), which the generator, the server and PostgreSQL share; %s", runtime.NumCPU(), processor(), busy),
		fmt.Sprintf("PostgreSQL %s (fsync on, shared_buffers %s %s), %s, %s", postgres, sharedBuffers, pagesOf(ctx, b.Looker),
			says(ctx, "redis-server", "--version"), runtime.Version()),
	}
	if !b.options.GoOnly {
		lines = append(lines, fmt.Sprintf("Node %s, PostGraphile %s, Mercurius %s on Fastify %s, graphql-jit %s",
			says(ctx, b.node(), "--version"), b.installed("postgraphile/node_modules/postgraphile"), b.installed("mercurius/node_modules/mercurius"),
			b.installed("mercurius/node_modules/fastify"), b.installed("mercurius/node_modules/graphql-jit")))
	}
	return lines, nil
}

// loadAverage is how much else the machine has to do: figures of a machine that is busy otherwise are not the servers'.
func loadAverage() string {
	text, err := os.ReadFile("/proc/loadavg")
	average, _, _ := strings.Cut(string(text), " ")
	if err != nil {
		return "its load is not known"
	}
	return "its load before was " + average
}

func processor() string {
	text, _ := os.ReadFile("/proc/cpuinfo") // where it is missing the name is
	for line := range bytes.Lines(text) {
		if name, value, _ := bytes.Cut(line, []byte(":")); bytes.HasPrefix(name, []byte("model name")) {
			return string(bytes.TrimSpace(value))
		}
	}
	return runtime.GOARCH
}

// says is the first line that a program prints.
func says(ctx context.Context, program string, args ...string) string {
	out, err := exec.CommandContext(ctx, program, args...).Output() //nolint:gosec // the programs that are measured
	if err != nil {
		return program + " of an unknown version"
	}
	line, _, _ := strings.Cut(strings.TrimSpace(string(out)), " sha=")
	return line
}

// installed is the version of a package of npm.
func (b *bench) installed(folder string) string {
	var p struct {
		Version string `json:"version"`
	}
	text, err := os.ReadFile(filepath.Join(b.options.Peers, folder, "package.json")) //nolint:gosec // the peers' folder
	if err != nil || json.Unmarshal(text, &p) != nil {
		return "of an unknown version"
	}
	return p.Version
}

// pagesOf says in which pages PostgreSQL has its shared memory: huge ones where the machine has enough of them, else each process maps
// millions of its own.
func pagesOf(ctx context.Context, db store.DB) string {
	var mapped []byte
	server, err := postmaster(ctx, db)
	if err == nil {
		mapped, err = os.ReadFile(fmt.Sprintf("/proc/%d/maps", server))
	}
	switch {
	case err != nil:
		return "in pages of an unknown size"
	case bytes.Contains(mapped, []byte("/anon_hugepage")):
		return "in huge pages"
	default:
		return "in small pages"
	}
}

// postmaster is PostgreSQL's process that has all others as its children.
func postmaster(ctx context.Context, db store.DB) (int, error) {
	var backend int
	if err := db.QueryRow(ctx, "SELECT pg_backend_pid()").Scan(&backend); err != nil {
		return 0, fmt.Errorf("find PostgreSQL's processes: %w", err)
	}
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", backend))
	if err != nil {
		return 0, fmt.Errorf("find PostgreSQL's processes (this needs Linux): %w", err)
	}
	_, p, err := parseProcess(text)
	return p.parent, err
}
