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

// environment describes the machine and the versions of the programs, one line each.
func (b *bench) environment(ctx context.Context, busy string) ([]string, error) {
	var postgres string
	if err := b.AdminPool.QueryRow(ctx, "SHOW server_version").Scan(&postgres); err != nil {
		return nil, fmt.Errorf("read the version of PostgreSQL: %w", err)
	}
	lines := []string{
		fmt.Sprintf("%d CPUs (%s), shared by the generator, the server and PostgreSQL; %s", runtime.NumCPU(), cpuModel(), busy),
		fmt.Sprintf("PostgreSQL %s (fsync on, shared_buffers %s %s), %s, %s", postgres, sharedBuffers, pageSize(ctx, b.AdminPool),
			versionOf(ctx, "redis-server", "--version"), runtime.Version()),
	}
	if !b.options.GoOnly {
		lines = append(lines, fmt.Sprintf("Node %s, PostGraphile %s, Mercurius %s on Fastify %s, graphql-jit %s",
			versionOf(ctx, b.node(), "--version"), b.installedVersion("postgraphile/node_modules/postgraphile"),
			b.installedVersion("mercurius/node_modules/mercurius"),
			b.installedVersion("mercurius/node_modules/fastify"), b.installedVersion("mercurius/node_modules/graphql-jit")))
	}
	return lines, nil
}

// loadAverage returns the load of the machine. Results from a busy machine say little about the servers.
func loadAverage() string {
	text, err := os.ReadFile("/proc/loadavg")
	average, _, _ := strings.Cut(string(text), " ")
	if err != nil {
		return "load average unknown"
	}
	return "load average before the run: " + average
}

func cpuModel() string {
	text, _ := os.ReadFile("/proc/cpuinfo") // without it the name is the architecture
	for line := range bytes.Lines(text) {
		if name, value, _ := bytes.Cut(line, []byte(":")); bytes.HasPrefix(name, []byte("model name")) {
			return string(bytes.TrimSpace(value))
		}
	}
	return runtime.GOARCH
}

// versionOf returns the first line that a program prints.
func versionOf(ctx context.Context, program string, args ...string) string {
	out, err := exec.CommandContext(ctx, program, args...).Output() //nolint:gosec // the programs that are measured
	if err != nil {
		return program + " of an unknown version"
	}
	line, _, _ := strings.Cut(strings.TrimSpace(string(out)), " sha=")
	return line
}

// installedVersion returns the version of an installed npm package.
func (b *bench) installedVersion(folder string) string {
	var p struct {
		Version string `json:"version"`
	}
	text, err := os.ReadFile(filepath.Join(b.options.Peers, folder, "package.json")) //nolint:gosec // the peers' folder
	if err != nil || json.Unmarshal(text, &p) != nil {
		return "(unknown version)"
	}
	return p.Version
}

// pageSize says whether the shared memory of PostgreSQL is in huge pages. With small pages each backend maps millions of
// them.
func pageSize(ctx context.Context, db store.DB) string {
	var mapped []byte
	server, err := postmaster(ctx, db)
	if err == nil {
		mapped, err = os.ReadFile(fmt.Sprintf("/proc/%d/maps", server))
	}
	switch {
	case err != nil:
		return "in pages of unknown size"
	case bytes.Contains(mapped, []byte("/anon_hugepage")):
		return "in huge pages"
	default:
		return "in small pages"
	}
}

// postmaster returns the process id of the parent of all PostgreSQL backends.
func postmaster(ctx context.Context, db store.DB) (int, error) {
	var backend int
	if err := db.QueryRow(ctx, "SELECT pg_backend_pid()").Scan(&backend); err != nil {
		return 0, fmt.Errorf("read the process id of a PostgreSQL backend: %w", err)
	}
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", backend))
	if err != nil {
		return 0, fmt.Errorf("read the process id of PostgreSQL (the benchmark needs Linux): %w", err)
	}
	_, p, err := parseProcess(text)
	return p.parent, err
}
