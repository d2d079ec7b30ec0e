package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
)

// node is a running `aisle serve`.
type node struct {
	api, admin string // their addresses
	client     *http.Client
}

// withNode runs f beside a server that has served nobody yet, and ends it.
func (s *stage) withNode(ctx context.Context, f func(ctx context.Context, n *node) error) error {
	running, end := context.WithCancel(ctx)
	defer end()
	cmd := s.aisle(running, "serve", "--addr", "127.0.0.1:0", "--admin-addr", "127.0.0.1:0",
		"--access-ttl", longest.String(), "--log-level", "info", "--log-format", "json")
	out, err := cmd.StderrPipe()
	if err != nil {
		return fmt.Errorf("read the server's log: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start the server: %w", err)
	}
	ready := make(chan *node, 1)
	var group errgroup.Group
	group.Go(func() error {
		defer close(ready)
		return s.readLog(out, ready)
	})
	var n *node
	select {
	case n = <-ready:
	case <-time.After(patience):
	}
	if n != nil {
		defer n.client.CloseIdleConnections()
		err = f(ctx, n)
	}
	end()
	broken := group.Wait()
	ended := cmd.Wait()
	switch {
	case err != nil:
		return err
	case broken != nil:
		return broken //nolint:wrapcheck // readLog's own
	case n == nil || ended != nil && running.Err() == nil:
		return fmt.Errorf("the server did not serve: %w", ended)
	default:
		return nil
	}
}

// readLog reads the server's log to its end, finds where it serves, and passes on what is not as it should be.
func (s *stage) readLog(log io.Reader, ready chan<- *node) error {
	lines := bufio.NewScanner(log)
	for lines.Scan() {
		var line struct {
			Level     string `json:"level"`
			Message   string `json:"msg"`
			Addr      string `json:"addr"`
			AdminAddr string `json:"admin_addr"`
		}
		if json.Unmarshal(lines.Bytes(), &line) != nil || line.Level == "WARN" || line.Level == "ERROR" {
			_, _ = fmt.Fprintf(s.notes, "%s\n", lines.Bytes())
		}
		if line.Message == "serving" {
			ready <- &node{line.Addr, line.AdminAddr, &http.Client{
				Timeout: patience, Transport: &http.Transport{MaxIdleConnsPerHost: s.options.Few},
			}}
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("read the server's log: %w", err)
	}
	return nil
}

// get reads a page of the operators'.
func (n *node) get(ctx context.Context, path string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+n.admin+path, http.NoBody)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	response, err := n.client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("read %s: %s, %w", path, response.Status, err)
	}
	return body, nil
}

// metrics are the figures that the server gives.
func (n *node) metrics(ctx context.Context) (map[string]float64, error) {
	page, err := n.get(ctx, "/metrics")
	if err != nil {
		return nil, err
	}
	found := map[string]float64{}
	for line := range bytes.Lines(page) {
		name, text, _ := strings.Cut(strings.TrimSpace(string(line)), " ")
		if value, err := strconv.ParseFloat(text, 64); err == nil {
			found[name] = value
		}
	}
	return found, nil
}

// memory is what a server has, in bytes.
type memory struct {
	resident float64 // by the kernel's count, with garbage and all
	live     float64 // on the heap after a collection, and stacks
}

// memory reads the resident memory first: what a collection would give back counts.
func (n *node) memory(ctx context.Context) (m memory, err error) {
	figures, err := n.metrics(ctx)
	if err != nil {
		return m, err
	}
	m.resident = figures["process_resident_memory_bytes"]
	if _, err = n.get(ctx, "/debug/pprof/heap?gc=1"); err != nil {
		return m, err
	}
	if figures, err = n.metrics(ctx); err != nil {
		return m, err
	}
	m.live = figures["go_memstats_heap_alloc_bytes"] + figures["go_memstats_stack_inuse_bytes"]
	return m, nil
}
